-- A call may be refused and sent again, called off, or left unknown; so may an attempt.
ALTER TABLE "calls" DROP CONSTRAINT "calls_state_check";
ALTER TABLE "calls" ADD CONSTRAINT "calls_state_check"
  CHECK ("state" IN ('started', 'refused', 'pending', 'completed', 'failed', 'cancelled', 'unknown'));
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_state_check";
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_state_check"
  CHECK ("state" IN ('open', 'succeeded', 'failed', 'expired', 'unknown', 'cancelled'));
