"""The baseline of the cold starts: imports boto3 and makes an S3 client; with a bucket it also puts one object."""

import json
import sys
import time
import uuid

import boto3

client = boto3.client("s3")
if len(sys.argv) > 1:
    client.put_object(Bucket=sys.argv[1], Key=uuid.uuid4().hex, Body=b"{}", IfNoneMatch="*")
print(json.dumps({"cpu": time.process_time() * 1000}))
