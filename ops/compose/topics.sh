#!/usr/bin/env bash
# Makes CHAT_TOPIC and VIEWER_TOPIC with PARTITIONS partitions each, where they are missing. Topics that stand stay as they are.
set -euo pipefail

for topic in "$CHAT_TOPIC" "$VIEWER_TOPIC"; do
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$BOOTSTRAP_SERVER" --create --if-not-exists \
    --topic "$topic" --partitions "$PARTITIONS" --replication-factor 1
done
