"""The AWS emulator moto, with what it lacks for the stack.

    python emulator.py PORT

Added here: Athena's named queries can be updated and deleted, and repeating a request does not create a second one;
Athena's workgroups can be updated; Lambda keeps a function's logging and dead-letter settings; S3 evaluates the
conditions of bucket policies.
"""

import fnmatch
import json
import sys

from flask import request
from moto.athena.responses import AthenaResponse
from moto.awslambda.models import LambdaFunction
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.sts.models import sts_backends


def athena():
    create, made = AthenaResponse.create_named_query, {}

    def create_named_query(self):
        token = self._get_param("ClientRequestToken") or object()
        if token not in made:
            made[token] = create(self)
        return made[token]

    AthenaResponse.create_named_query = create_named_query

    def delete_named_query(self):
        self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
        return json.dumps({})

    def update_named_query(self):
        query = self.athena_backend.named_queries[self._get_param("NamedQueryId")]
        query.name = self._get_param("Name")
        query.description = self._get_param("Description")
        query.query_string = self._get_param("QueryString")
        return json.dumps({})

    def update_work_group(self):
        group = self.athena_backend.work_groups[self._get_param("WorkGroup")]
        updates = self._get_param("ConfigurationUpdates") or {}
        results = updates.pop("ResultConfigurationUpdates", None)
        if results is not None:
            group.configuration["ResultConfiguration"] = results
        group.configuration.update(updates)
        group.state = self._get_param("State") or group.state
        group.description = self._get_param("Description") or group.description
        return json.dumps({})

    for method in (delete_named_query, update_named_query, update_work_group):
        assert not hasattr(AthenaResponse, method.__name__), f"moto has {method.__name__} now"
        setattr(AthenaResponse, method.__name__, method)


def functions():
    kept = ("LoggingConfig", "DeadLetterConfig")
    create, get, update = LambdaFunction.__init__, LambdaFunction.get_configuration, LambdaFunction.update_configuration

    def keep(self, spec):
        self.kept = {**getattr(self, "kept", {}), **{name: spec[name] for name in kept if name in spec}}

    def __init__(self, account_id, spec, *args, **kwargs):
        create(self, account_id, spec, *args, **kwargs)
        keep(self, spec)

    def get_configuration(self, on_create=False):
        return {**get(self, on_create), **self.kept}

    def update_configuration(self, config_updates):
        keep(self, config_updates)
        update(self, config_updates)
        return self.get_configuration()

    LambdaFunction.__init__ = __init__
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration


def bucket_policies():
    def get_permission(self, action, resource):
        if self.policy is None:
            return PermissionResult.NEUTRAL
        result = PermissionResult.NEUTRAL
        for statement in listed(json.loads(self.policy)["Statement"]):
            if not applies(statement, action, resource):
                continue
            if statement["Effect"] == "Deny":
                return PermissionResult.DENIED
            result = PermissionResult.PERMITTED
        return result

    FakeBucket.get_permission = get_permission


def applies(statement, action, resource):
    return (
        statement.get("Principal") in ("*", {"AWS": "*"})
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            CONDITIONS[operator](context().get(key.lower()), listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


# Each takes the request's value (None where it has none) and the policy's values. An unknown operator is an error.
CONDITIONS = {
    "Bool": lambda value, wanted: value in wanted,
    "Null": lambda value, wanted: ("true" if value is None else "false") in wanted,
    "ArnNotEquals": lambda value, wanted: not any(fnmatch.fnmatchcase(value or "", pattern) for pattern in wanted),
}


def context():
    """The request's condition keys. The emulator has no TLS, so every request counts as sent with TLS."""
    is_part = "uploads" in request.args or "partNumber" in request.args
    return {
        "aws:securetransport": "true",
        "aws:principalarn": principal(),
        "s3:if-none-match": request.headers.get("If-None-Match"),
        "s3:objectcreationoperation": "false" if is_part else "true",
    }


def principal():
    access_key = request.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
    role = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].get_assumed_role_from_access_key(access_key)
    return role.role_arn if role else f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/{access_key}"


def listed(value):
    return value if isinstance(value, list) else [value]


athena()
functions()
bucket_policies()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
