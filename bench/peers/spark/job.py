"""Reads both topics to their ends and stops: Structured Streaming on two local cores, rows into PostgreSQL by COPY and an upsert."""

import glob
import os
import time

import psycopg
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType, TimestampType

BROKER, CHAT_TOPIC, VIEWER_TOPIC = (os.environ[name] for name in ("BROKER", "CHAT_TOPIC", "VIEWER_TOPIC"))
DSN, TABLE, FOLDER, JARS = (os.environ[name] for name in ("PG_DSN", "PG_TABLE", "FOLDER", "JARS"))

# Records of a topic in one micro-batch.
MAX_OFFSETS = 500_000
TOP_EMOTES = 5
POSITIVE = (
    "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy "
    "excited pog pogchamp kekw"
).split()
NEGATIVE = (
    "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed frustrated"
).split()

# Collected datetimes are naive, in this zone.
os.environ["TZ"] = "UTC"
time.tzset()

spark = (
    SparkSession.builder.master("local[2]")
    .appName("peer")
    .config("spark.jars", ",".join(sorted(glob.glob(JARS + "/*.jar"))))
    .config("spark.driver.memory", "6g")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    # Aggregates of objects stay in the hash table.
    .config("spark.sql.objectHashAggregate.sortBased.fallbackThreshold", "1000000")
    .config("spark.sql.streaming.minBatchesToRetain", "2")
    .config("spark.local.dir", FOLDER + "/local")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

CHAT = StructType(
    [
        StructField("timestamp", TimestampType()),
        StructField("stream_id", StringType()),
        StructField("user_id", StringType()),
        StructField("message", StringType()),
        StructField("emotes", ArrayType(StringType())),
    ]
)
VIEWER = StructType(
    [
        StructField("timestamp", TimestampType()),
        StructField("stream_id", StringType()),
        StructField("viewer_count", LongType()),
    ]
)


def source(topic, schema):
    read = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", BROKER)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", MAX_OFFSETS)
    )
    events = read.load().select(F.from_json(F.col("value").cast("string"), schema).alias("e")).select("e.*")
    return events.where("timestamp is not null and stream_id is not null").withWatermark("timestamp", "10 seconds")


def count_of(words):
    return F.size(F.filter("tokens", lambda token: token.isin(*words)))


chat = (
    source(CHAT_TOPIC, CHAT)
    .withColumn("tokens", F.split(F.lower(F.coalesce(F.col("message"), F.lit(""))), r"\s+"))
    .withColumn("p", count_of(POSITIVE))
    .withColumn("n", count_of(NEGATIVE))
    .select(
        "timestamp",
        "stream_id",
        "user_id",
        "emotes",
        F.when(F.col("p") + F.col("n") == 0, F.lit(0.0))
        .otherwise((F.col("p") - F.col("n")) / (F.col("p") + F.col("n")))
        .alias("score"),
        F.lit(None).cast("double").alias("viewers"),
    )
)
viewer = source(VIEWER_TOPIC, VIEWER).select(
    "timestamp",
    "stream_id",
    F.lit(None).cast("string").alias("user_id"),
    F.lit(None).cast("array<string>").alias("emotes"),
    F.lit(None).cast("double").alias("score"),
    F.col("viewer_count").cast("double").alias("viewers"),
)
events = chat.unionByName(viewer)
window = F.window("timestamp", "60 seconds", "10 seconds").alias("w")
SUMS = ("chat_count", "unique_chatters", "score_sum", "positive_count", "negative_count", "viewer_sum", "viewer_samples")
aggregates = [
    F.count("score").alias("chat_count"),
    F.size(F.collect_set("user_id")).alias("unique_chatters"),
    F.sum("score").alias("score_sum"),
    F.count(F.when(F.col("score") > 0, 1)).alias("positive_count"),
    F.count(F.when(F.col("score") < 0, 1)).alias("negative_count"),
    F.sum("viewers").alias("viewer_sum"),
    F.count("viewers").alias("viewer_samples"),
]

# One row for the event itself (emote null) and one for each of its emotes; a second aggregation folds the emotes.
exploded = events.withColumn(
    "emote",
    F.explode(F.concat(F.array(F.lit(None).cast("string")), F.coalesce("emotes", F.array().cast("array<string>")))),
)
for column in ("user_id", "score", "viewers"):
    exploded = exploded.withColumn(column, F.when(F.col("emote").isNull(), F.col(column)))
by_emote = exploded.groupBy(window, "stream_id", "emote").agg(*aggregates, F.count(F.lit(1)).alias("c"))
pair = F.struct((-F.col("c")).alias("c"), F.col("emote").alias("emote"))
windows = by_emote.groupBy("w", "stream_id").agg(
    *[F.sum(column).alias(column) for column in SUMS],
    F.collect_list(F.when(F.col("emote").isNotNull(), pair)).alias("pairs"),
)
# The first ones by (negative count, emote).
emotes = F.transform(F.slice(F.array_sort("pairs"), 1, TOP_EMOTES), lambda pair: pair["emote"])
rows = windows.select(
    "stream_id",
    F.col("w.start").alias("window_start"),
    F.col("w.end").alias("window_end"),
    "chat_count",
    "unique_chatters",
    (F.col("score_sum") / F.col("chat_count")).alias("avg_sentiment"),
    "positive_count",
    "negative_count",
    (F.col("viewer_sum") / F.col("viewer_samples")).alias("avg_viewers"),
    emotes.alias("top_emotes"),
)

database = psycopg.connect(DSN, autocommit=True)
database.execute(f"CREATE TEMP TABLE stage (LIKE {TABLE})")
UPSERT = f"INSERT INTO {TABLE} SELECT * FROM stage ON CONFLICT (stream_id, window_start) DO UPDATE SET " + ", ".join(
    f"{column} = EXCLUDED.{column}" for column in rows.columns[2:]
)


def write(batch, _number):
    collected = batch.collect()
    if not collected:
        return
    with database.transaction():
        database.execute("TRUNCATE stage")
        with database.cursor().copy("COPY stage FROM STDIN") as copy:
            for row in collected:
                copy.write_row((*row[:9], row[9] if row[9] is not None else []))
        database.execute(UPSERT)


query = (
    rows.writeStream.outputMode("append")
    .option("checkpointLocation", FOLDER + "/checkpoints")
    .foreachBatch(write)
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
spark.stop()
