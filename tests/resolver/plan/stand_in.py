"""Stand-ins for the systems that plans are carried out in, behaving as their documentation says.

A stand-in is an httpx handler. before: what happens just before the n-th write (somebody else's edit, a crash); after:
the same once it took effect, before the answer arrives.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

Hook = Callable[[], None]
Record = dict[str, Any]


class Killed(BaseException):
    """The process dies here."""


class StandIn:
    """A system with records by id."""

    def __init__(self, records: list[Record], before: dict[int, Hook] | None = None) -> None:
        self.records = {record["id"]: record for record in records}
        self.before, self.after = before or {}, dict[int, Hook]()
        self.writes: list[tuple[str, str, Any]] = []

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        if not self.is_write(request, body):
            return self.get(request, body)
        self.writes.append((request.method, request.url.path, body))
        n = len(self.writes)
        self.before.get(n, lambda: None)()
        answer = self.write(request, body)
        self.after.get(n, lambda: None)()
        return answer

    def is_write(self, request: httpx.Request, _body: Any) -> bool:
        return request.method != "GET"

    def get(self, request: httpx.Request, body: Any) -> httpx.Response:
        raise NotImplementedError

    def write(self, request: httpx.Request, body: Any) -> httpx.Response:
        raise NotImplementedError


class Cpod(StandIn):
    """Versions, a soft delete, and an e-mail once an account."""

    def get(self, request: httpx.Request, _body: Any) -> httpx.Response:
        record = self.records.get(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json=record) if record else httpx.Response(404, json={"message": "not found"})

    def write(self, request: httpx.Request, body: Any) -> httpx.Response:
        record = self.records.get(request.url.path.rpartition("/")[2])
        if record is None or record["is_deleted"]:
            return httpx.Response(404, json={"message": "not found"})
        if request.method == "DELETE":
            record.update(is_deleted=True, version=record["version"] + 1)
            return httpx.Response(204)
        if body.pop("version") != record["version"]:
            return httpx.Response(412, json={"message": "version mismatch"})
        if body.keys() - record.keys():
            return httpx.Response(400, json={"message": "additional properties"})
        wanted = {**record, **body}
        for other in self.records.values():
            clash = (other["email"], other["account_id"]) == (wanted["email"], wanted["account_id"]) and wanted["email"]
            if clash and other is not record and not other["is_deleted"]:
                return httpx.Response(409, json={"message": "email must be unique in the account"})
        record.update(body, version=record["version"] + 1)
        return httpx.Response(200, json=record)


def cpod_record(record_id: str, version: int = 1, **told: Any) -> Record:
    fields = ("first_name", "last_name", "email", "phone", "account_id", "reports_to_contact_id", "gdpr_consent")
    plain: Record = {"opted_in": False, "tags": [], "custom_fields": {}, "is_deleted": False, "updated_at": None}
    return {"id": record_id, "version": version, **dict.fromkeys(fields), **plain, **told}


class Voipbin(StandIn):
    """No version, a claim that takes an address away from whoever has it, and a stamp that any edit moves."""

    clock = 0

    def touch(self, record: Record) -> None:
        self.clock += 1
        record["tm_update"] = f"2026-11-01T00:00:00.{self.clock:06d}Z"

    def get(self, request: httpx.Request, _body: Any) -> httpx.Response:
        record = self.records.get(request.url.path.split("/")[3])
        return httpx.Response(200, json=record) if record else httpx.Response(404, json={"error": {"message": "gone"}})

    def write(self, request: httpx.Request, body: Any) -> httpx.Response:
        _, _, kind, record_id, *rest = request.url.path.split("/")
        if kind == "contact_addresses":
            return self.claim(record_id, body)
        record = self.records[record_id]
        if request.method == "DELETE":
            record["tm_delete"] = "2026-11-01T00:00:00.000000Z"
        elif rest[:1] == ["tags"]:
            record["tag_ids"].append(body["tag_id"])
        elif rest[:1] == ["addresses"]:
            next(one for one in record["addresses"] if one["id"] == rest[1]).update(body)
        else:
            record.update(body)
        self.touch(record)
        return httpx.Response(200, json=record)

    def claim(self, address_id: str, body: Any) -> httpx.Response:
        owner = next(one for one in self.records.values() if any(a["id"] == address_id for a in one["addresses"]))
        if not body.get("force") and not owner["tm_delete"]:
            return httpx.Response(409, json={"error": {"message": "address already claimed"}})
        self.give(address_id, body["contact_id"])
        return httpx.Response(200, json={"id": address_id})

    def give(self, address_id: str, contact_id: str) -> None:
        """Moves an address, whoever has it."""
        for record in self.records.values():
            for address in [one for one in record["addresses"] if one["id"] == address_id]:
                record["addresses"].remove(address)
                self.records[contact_id]["addresses"].append(address)
                self.touch(record)
                self.touch(self.records[contact_id])
                return


def voipbin_record(record_id: str, *addresses: Record, **told: Any) -> Record:
    plain: Record = {"tm_update": None, "tm_delete": None, "tag_ids": [], "first_name": "Ann", "last_name": "Lee"}
    return {"id": record_id, "addresses": list(addresses), **plain, **told}


class CustomerOs(StandIn):
    """GraphQL: errors come with status 200, a merged contact is not found, and a merge drops profiles."""

    def is_write(self, _request: httpx.Request, body: Any) -> bool:
        return bool(body["query"].startswith("mutation"))

    def get(self, _request: httpx.Request, body: Any) -> httpx.Response:
        record = self.records.get(body["variables"]["id"])
        if record is None:
            return httpx.Response(200, json={"data": {"contact": None}, "errors": [{"message": "contact not found"}]})
        return httpx.Response(200, json={"data": {"contact": record}})

    def write(self, _request: httpx.Request, body: Any) -> httpx.Response:
        name = re.findall(r"(\w+)\(\w+: \$", body["query"])[0]
        told = body["variables"]
        if name == "contact_Merge":
            for loser in told["mergedContactIds"]:
                gone = self.records.pop(loser, None)
                if gone is None:
                    return httpx.Response(200, json={"data": None, "errors": [{"message": "contact not found"}]})
                moved = [{**email, "primary": False} for email in gone["emails"]]
                self.records[told["primaryContactId"]]["emails"].extend(moved)
        elif name == "contact_AddSocial":
            self.records[told["contactId"]]["socials"].append({"url": told["input"]["url"]})
        else:
            for email in self.records[told["contactId"]]["emails"]:
                email["primary"] = email["email"] == told["email"]
        return httpx.Response(200, json={"data": {name: {"id": "x"}}})


def customeros_record(record_id: str, version: int = 1, **told: Any) -> Record:
    metadata = {"id": record_id, "version": version, "lastUpdated": "2026-01-01T00:00:00Z"}
    return {"id": record_id, "metadata": metadata, "hide": False, "emails": [], "socials": [], **told}
