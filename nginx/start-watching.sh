#!/bin/sh
# Run by the image's entrypoint before it becomes nginx: who is there already, and from now on.
set -eu
here=/etc/nginx/conf.d
/usr/local/bin/watch-nodes.sh "$here/servers.list" "$here/servers.live" once
/usr/local/bin/watch-nodes.sh "$here/servers.list" "$here/servers.live" nginx -s reload &
