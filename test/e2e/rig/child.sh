#!/bin/sh
# Does line by line what it reads on stdin, so that a test commands it through sendProcessStdin.
while IFS= read -r line; do
  eval "$line"
done
