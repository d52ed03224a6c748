"""The baseline of the transform: a pyarrow script for the same tables, columns and order, without duplicates.

It reads what the generated day holds, not every form that WhatsApp sends. `payload` is written again from the parsed
element, because Python's json does not tell where an element stands in the body.
"""

import hashlib
import json
import os
import resource
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

TEXT, INTEGER, NUMBER, BOOLEAN = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TABLES = {
    "whatsapp": {
        "name": TEXT, "number": INTEGER, "message": TEXT, "date": INTEGER, "type": TEXT, "message_id": TEXT,
        "user_id": TEXT, "phone_number_id": TEXT, "reply_to": TEXT, "media_id": TEXT, "media_type": TEXT,
        "received_at": INTEGER, "direction": TEXT, "field": TEXT, "person": TEXT, "username": TEXT, "group_id": TEXT,
        "target_id": TEXT, "selection_id": TEXT, "response": TEXT, "forwarded": TEXT, "referral_id": TEXT,
        "ctwa_clid": TEXT, "latitude": NUMBER, "longitude": NUMBER, "error_code": INTEGER, "payload": TEXT,
    },
    "whatsapp_statuses": {
        "message_id": TEXT, "status": TEXT, "date": INTEGER, "type": TEXT, "person": TEXT, "number": INTEGER,
        "user_id": TEXT, "username": TEXT, "group_id": TEXT, "phone_number_id": TEXT, "pricing_category": TEXT,
        "pricing_type": TEXT, "pricing_model": TEXT, "billable": BOOLEAN, "conversation_id": TEXT,
        "conversation_type": TEXT, "error_code": INTEGER, "error_title": TEXT, "callback_data": TEXT,
        "received_at": INTEGER, "payload": TEXT,
    },
    "events": {
        "kind": TEXT, "event": TEXT, "id": TEXT, "date": INTEGER, "person": TEXT, "chat": TEXT, "message_id": TEXT,
        "text": TEXT, "payload": TEXT, "raw_key": TEXT, "received_at": INTEGER,
    },
    "identities": {"id": TEXT, "same_as": TEXT, "received_at": INTEGER},
}
MEDIA = {"image", "video", "document", "audio", "sticker", "voice"}


def json_text(element):
    return json.dumps(element, ensure_ascii=False, separators=(",", ":"))


def canonical(number):
    if number is None:
        return None
    if len(number) == 12 and number.startswith("55") and number[4] in "6789":
        return number[:4] + "9" + number[4:]
    if len(number) == 13 and number.startswith("521"):
        return "52" + number[3:]
    if len(number) == 12 and number.startswith("54"):
        return "549" + number[2:]
    return number


def words(message, kind, content):
    if kind == "interactive":
        return (content.get("button_reply") or content.get("list_reply") or content.get("nfm_reply") or {}).get("title")
    if kind == "reaction":
        return content.get("emoji")
    if kind == "location":
        return content.get("name") or content.get("address")
    if kind in MEDIA:
        return content.get("caption")
    return (message.get("text") or {}).get("body")


def message_row(message, field, outbound, people, phone_number_id, received_at):
    kind = message.get("type")
    content = message.get(kind) or {}
    number = message.get("to" if outbound else "from")
    contact = people.get(number) or people.get(message.get("from_user_id")) or {}
    user = message.get("to_user_id" if outbound else "from_user_id") or contact.get("user_id")
    profile = contact.get("profile") or {}
    media = content if kind in MEDIA else {}
    context = message.get("context") or {}
    referral = message.get("referral") or {}
    reply = content.get("button_reply") or content.get("list_reply") or {} if kind == "interactive" else {}
    place = content if kind == "location" else {}
    errors = message.get("errors") or [{}]
    forwarded = "frequently_forwarded" if context.get("frequently_forwarded") else "forwarded" if context.get("forwarded") else None
    return (
        profile.get("name"), int(number) if number else None, words(message, kind, content), int(message["timestamp"]), kind,
        message["id"], user, phone_number_id, context.get("id"), media.get("id"), media.get("mime_type"), received_at,
        "outbound" if outbound else "inbound", field, user or canonical(number), profile.get("username"),
        message.get("group_id"), content.get("message_id") if kind == "reaction" else None, reply.get("id"), None,
        forwarded, referral.get("source_id"), referral.get("ctwa_clid"), place.get("latitude"), place.get("longitude"),
        errors[0].get("code"), json_text(message),
    )


def status_row(status, phone_number_id, received_at):
    number = status.get("recipient_id")
    user = status.get("recipient_user_id")
    pricing = status.get("pricing") or {}
    conversation = status.get("conversation") or {}
    errors = status.get("errors") or [{}]
    return (
        status["id"], status["status"], int(status["timestamp"]), status.get("type"), user or canonical(number),
        int(number) if number else None, user, None, None, phone_number_id, pricing.get("category"),
        pricing.get("type"), pricing.get("pricing_model"), pricing.get("billable"), conversation.get("id"),
        (conversation.get("origin") or {}).get("type"), errors[0].get("code"), errors[0].get("title"),
        status.get("biz_opaque_callback_data"), received_at, json_text(status),
    )


def event_row(kind, event, key, received_at):
    payload = json_text(event)
    return (
        kind, event.get("value"), hashlib.sha256(payload.encode()).hexdigest()[:32], event.get("timestamp"),
        event.get("user_id") or canonical(event.get("wa_id")), None, None, None, payload, key, received_at,
    )


def transform(folder, target):
    with os.scandir(folder) as entries:
        files = sorted((entry.stat().st_mtime, entry.name) for entry in entries)
    tables = {name: [[] for _ in columns] for name, columns in TABLES.items()}
    seen = set()

    def add(table, key, row):
        if key in seen:
            return
        seen.add(key)
        for column, cell in zip(tables[table], row):
            column.append(cell)

    for mtime, name in files:
        with open(folder + name, "rb") as file:
            delivery = json.loads(file.read())
        received_at = int(mtime)
        for entry in delivery.get("entry", []):
            for change in entry.get("changes", []):
                value, field = change["value"], change["field"]
                phone_number_id = value["metadata"]["phone_number_id"]
                people = {}
                for contact in value.get("contacts", []):
                    number, user = contact.get("wa_id"), contact.get("user_id")
                    people[number] = people[user] = contact
                    if number and user:
                        pair = (canonical(number), user)
                        add("identities", pair, (*pair, received_at))
                for outbound, member in ((False, "messages"), (True, "message_echoes")):
                    for message in value.get(member, []):
                        row = message_row(message, field, outbound, people, phone_number_id, received_at)
                        add("whatsapp", message["id"], row)
                for status in value.get("statuses", []):
                    key = (status["id"], status["status"])
                    add("whatsapp_statuses", key, status_row(status, phone_number_id, received_at))
                for event in value.get("user_preferences", []):
                    row = event_row("user_preferences", event, name, received_at)
                    add("events", row[2], row)
    for name, columns in TABLES.items():
        arrays = {column: pa.array(cells, type) for (column, type), cells in zip(columns.items(), tables[name])}
        pq.write_table(pa.table(arrays), os.path.join(target, name + ".parquet"), compression="zstd")


before, start = time.process_time(), time.perf_counter()
os.makedirs(sys.argv[2], exist_ok=True)
transform(sys.argv[1], sys.argv[2])
print(json.dumps({
    "cpu": (time.process_time() - before) * 1000,
    "wall": (time.perf_counter() - start) * 1000,
    "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
