#!/usr/bin/env bash
# Creates CHAT_TOPIC and VIEWER_TOPIC with PARTITIONS partitions each, if they are missing. Existing
# topics stay unchanged.
set -euo pipefail

for topic in "$CHAT_TOPIC" "$VIEWER_TOPIC"; do
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$BOOTSTRAP_SERVER" --create --if-not-exists \
    --topic "$topic" --partitions "$PARTITIONS" --replication-factor 1
done
