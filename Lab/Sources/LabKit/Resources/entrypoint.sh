#!/bin/sh
# Stands where RKE's tools have theirs: prepares nothing, becomes the component.
exec "$@"
