"""A Glue job of the tests: reads and writes S3 as transforms do, and tells what it saw."""

import json
import sys
import tempfile
from pathlib import Path

import boto3
import helping
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *  # noqa: F403 - as Glue's own scripts do
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.utils import AnalysisException

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
job = Job(glue)
job.init(args["JOB_NAME"], args)
bucket = args["bucket"]
seen = {
    "args": args,
    "argv": sys.argv[1:],
    "helping": helping.ANSWER,
    "beside": Path("beside.txt").read_text(),
}
seen["zone"] = spark.conf.get("spark.sql.session.timeZone")


def keys(prefix):
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]


# Plain Spark, by each scheme and format.
flights = spark.read.csv(f"s3://{bucket}/in/*.csv", header=True, inferSchema=True)
seen["csv"] = [flights.dtypes, sorted(tuple(row) for row in flights.collect())]
nested = spark.read.json(f"s3a://{bucket}/in/json/")
seen["json"] = nested.schema.simpleString()
flights.coalesce(1).write.parquet(f"s3n://{bucket}/out/parquet")
flights.coalesce(1).write.mode("append").parquet(f"s3://{bucket}/out/parquet")
seen["appended"] = [len(keys("out/parquet")), spark.read.parquet(f"s3a://{bucket}/out/parquet").count()]
flights.coalesce(1).write.mode("overwrite").parquet(f"s3://{bucket}/out/parquet")
seen["overwritten"] = [len(keys("out/parquet")), spark.read.parquet(f"s3://{bucket}/out/parquet").count()]
flights.coalesce(1).write.partitionBy("carrier").json(f"s3://{bucket}/out/json")
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
one = flights.where("carrier = 'AA'").withColumn("delay", flights.delay * 0).coalesce(1)
one.write.mode("overwrite").partitionBy("carrier").json(f"s3://{bucket}/out/json")
seen["partitions"] = {row.carrier: row.delay for row in spark.read.json(f"s3://{bucket}/out/json").collect()}
try:
    flights.write.json(f"s3://{bucket}/out/json")
except AnalysisException as error:
    seen["exists"] = type(error).__name__

# A file of every type, for the crawler to read, and a crawled table of partitions.
typed = spark.sql("""
    select 1 as whole, cast(2 as bigint) as large, cast(3 as smallint) as small, cast(4 as tinyint) as tiny,
        1.5D as fraction, cast(1.5 as float) as single, cast(1.25 as decimal(10,2)) as exact, 'text' as words,
        true as flag, date'2024-01-01' as day, timestamp'2024-01-01 00:00:00' as moment, binary('x') as bytes,
        array(1, 2) as many, array(named_struct('a', 'x', 'b', array(1D))) as nested, map('k', 1) as pairs,
        named_struct('Inner', named_struct('deep', 1)) as of
""")
typed.coalesce(1).write.parquet(f"s3://{bucket}/typed/")
seen["typed"] = {field.name: field.dataType.simpleString() for field in typed.schema.fields}
rows = glue.create_dynamic_frame.from_catalog(
    database="spark", table_name="crawled", push_down_predicate="k = '2'"
).toDF()
seen["catalogued"] = [rows.dtypes, [tuple(row) for row in rows.collect()]]

# Hadoop's own calls.
path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path
files = path(f"s3://{bucket}/").getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
with tempfile.NamedTemporaryFile() as large:
    large.write(bytes(range(256)) * 80_000)
    large.flush()
    files.copyFromLocalFile(path(large.name), path(f"s3://{bucket}/moving/large é+ %.bin"))
files.rename(path(f"s3://{bucket}/moving"), path(f"s3://{bucket}/moved"))
seen["moved"] = [keys("moving"), keys("moved")]
files.delete(path(f"s3://{bucket}/in/gone"), True)
seen["gone"] = [keys("in/gone"), files.exists(path(f"s3://{bucket}/in/gone"))]

# Glue's library.
frame = glue.create_dynamic_frame.from_options(
    "s3", {"paths": [f"s3://{bucket}/in/"]}, "csv", {"withHeader": True}
)
seen["strings"] = frame.toDF().dtypes
mapped = ApplyMapping.apply(  # noqa: F405
    frame, [("carrier", "string", "by.code", "string"), ("delay", "string", "delay", "double")]
)
late = Filter.apply(frame=mapped, f=lambda row: row["delay"] > 0)  # noqa: F405
seen["late"] = [late.toDF().schema.simpleString(), late.count()]
again = DynamicFrame.fromDF(late.toDF().select("by.code", "delay"), glue, "again").rename_field(
    "code", "carrier"
)
glue.write_dynamic_frame.from_options(
    frame=again.coalesce(1),
    connection_type="s3",
    connection_options={"path": f"s3://{bucket}/out/late/", "partitionKeys": ["carrier"]},
    format="csv",
)
seen["pandas"] = again.toDF().toPandas()["delay"].sum()
refused = []
for attempt in (
    lambda: late.relationalize("root", "s3://x/"),
    lambda: Relationalize.apply(late),  # noqa: F405
    lambda: glue.create_dynamic_frame.from_options("mysql", {}),
    lambda: glue.write_dynamic_frame.from_jdbc_conf(late, "c"),
    lambda: glue.create_dynamic_frame.from_options("s3", {"paths": [], "boundedFiles": 1}, "csv"),
):
    try:
        attempt()
    except NotImplementedError as error:
        refused.append(str(error))
seen["refused"] = refused
glue.get_logger().info("logged by the script")
print("printed by the script")  # noqa: T201
boto3.client("s3").put_object(Bucket=bucket, Key="seen.json", Body=json.dumps(seen).encode())
job.commit()
