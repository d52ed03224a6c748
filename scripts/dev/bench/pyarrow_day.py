"""The baseline of the transform: a pyarrow script for one table, with the same columns, order and de-duplication."""

import json
import os
import resource
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = {
    "name": pa.string(), "number": pa.int64(), "message": pa.string(), "date": pa.int64(), "type": pa.string(),
    "message_id": pa.string(), "user_id": pa.string(), "phone_number_id": pa.string(), "reply_to": pa.string(),
    "media_id": pa.string(), "media_type": pa.string(), "received_at": pa.int64(),
}
MEDIA = {"image", "video", "document", "audio", "sticker"}


def words(message):
    kind = message.get("type")
    content = message.get(kind) or {}
    if kind == "interactive":
        return (content.get("button_reply") or content.get("list_reply") or {}).get("title")
    if kind == "reaction":
        return content.get("emoji")
    if kind in MEDIA:
        return content.get("caption")
    return (message.get("text") or {}).get("body")


def transform(folder, target):
    with os.scandir(folder) as entries:
        files = sorted((entry.stat().st_mtime, entry.name) for entry in entries)
    columns = {name: [] for name in COLUMNS}
    seen = set()
    for mtime, name in files:
        with open(folder + name, "rb") as file:
            delivery = json.loads(file.read())
        for entry in delivery.get("entry", []):
            for change in entry.get("changes", []):
                value = change["value"]
                names = {contact["wa_id"]: contact["profile"]["name"] for contact in value.get("contacts", [])}
                for message in value.get("messages", []):
                    if message["id"] in seen:
                        continue
                    seen.add(message["id"])
                    media = message.get(message["type"], {}) if message["type"] in MEDIA else {}
                    row = (
                        names.get(message["from"]), int(message["from"]), words(message), int(message["timestamp"]),
                        message["type"], message["id"], message.get("from_user_id"),
                        value["metadata"]["phone_number_id"], message.get("context", {}).get("id"),
                        media.get("id"), media.get("mime_type"), int(mtime),
                    )
                    for column, cell in zip(columns.values(), row):
                        column.append(cell)
    table = pa.table({name: pa.array(columns[name], type) for name, type in COLUMNS.items()})
    pq.write_table(table, target, compression="zstd")


before, start = time.process_time(), time.perf_counter()
transform(sys.argv[1], sys.argv[2])
print(json.dumps({
    "cpu": (time.process_time() - before) * 1000,
    "wall": (time.perf_counter() - start) * 1000,
    "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
