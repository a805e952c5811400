#!/bin/sh
# Run by the image's entrypoint, after it has filled the templates and before it becomes nginx: who is ready already, and who
# is from now on.
set -eu
here=/etc/nginx/conf.d
cp /etc/nginx/since-1.27.4.conf "$here/"
/usr/local/bin/watch-nodes.sh "$here/servers.list" "$here/servers.live" once
/usr/local/bin/watch-nodes.sh "$here/servers.list" "$here/servers.live" nginx -s reload &
