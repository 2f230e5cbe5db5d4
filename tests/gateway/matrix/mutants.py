"""Twenty ways to break the access rules. Each is put into the running platform and the matrix must notice."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import gateway.documents.events as events
import gateway.grants.access as access
import gateway.grants.granting as granting
import gateway.grants.router as grants_router
import gateway.proxy.forwarder as forwarder
import services.indicators.scorecards.reading as scorecards
import services.kit.access as kit_access
import services.kit.problems as problems
import services.kit.scope as scope
import services.plans.visibility as visibility
from services.kit.access import Caller, Scopes

Undo = Callable[[], None]
Mutation = Callable[[], Undo]


def everywhere(original: Any, mutant: Any) -> Undo:
    """Replaces a function under every name by which a module of the product imported it."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith(("gateway", "services"))
        for name, value in list(vars(module).items())
        if value is original
    ]
    assert places, original
    for module, name in places:
        setattr(module, name, mutant)

    def undo() -> None:
        for module, name in places:
            setattr(module, name, original)

    return undo


def member(owner: Any, name: str, mutant: Any) -> Undo:
    original = owner.__dict__[name]
    setattr(owner, name, mutant)
    return lambda: setattr(owner, name, original)


def _ids_by(sql: str) -> Mutation:
    """visible_ids with another idea of what a subtree is."""

    def mutant(scopes: Scopes, schema: str) -> tuple[str, tuple[Any, ...]]:
        return sql.format(schema=schema), (list(scopes.subtree), list(scopes.own))

    return lambda: everywhere(scope.visible_ids, mutant)


_OWN: Final = "UNION ALL SELECT u.id FROM {schema}.org_units u WHERE u.code = ANY({{}}::text[])"
_CLOSURE: Final = "{schema}.org_closure c JOIN {schema}.org_units u ON u.id = "


async def _everybody(*_: Any) -> None:
    return None


async def _yes(*_: Any) -> bool:
    return True


async def _no_check(self: Any, request: Any) -> Caller:
    return await kit_access.current_caller(request)


def _any_grant(self: Caller, permission: str) -> Scopes:
    return Scopes(
        own=tuple(g.dependencia for g in self.grants if not g.subtree),
        subtree=tuple(g.dependencia for g in self.grants if g.subtree),
    )


def _claims_with(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Mutation:
    original = access.Access.as_claims

    def mutant(self: access.Access) -> list[dict[str, Any]]:
        return change(original(self))

    return lambda: member(access.Access, "as_claims", mutant)


def _always_subtree(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**place, "subtree": True} for place in places]


def _on_the_whole(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**place, "dependencia": "IESS"} for place in places]


def _reads_for_all(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    reads = ["assignment:read", "measurement:read", "project:read"]
    return [{**place, "permissions": [*place["permissions"], *reads]} for place in places]


def _anonymous_passes() -> Undo:
    original = forwarder.Forwarder._inner_token

    async def mutant(self: Any, visit: Any, audience: str) -> str | None:
        if b"authorization" in visit.headers:
            return await original(self, visit, audience)
        known = await self._access.current("viewer")
        return str(self._tokens.inner(known, audience))

    return member(forwarder.Forwarder, "_inner_token", mutant)


async def _all_events(pool: Any, caller: Any, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return items


async def _any_grant_visible(connection: Any, caller: Any, permission: str, number: int) -> str:
    return await granting.read_grant(connection, number)


def _all_published(caller: Caller, alias: str = "p") -> tuple[str, tuple[Any, ...]]:
    return "true", ()


MUTANTS: Final[dict[str, Mutation]] = {
    "every unit is in every scope": _ids_by(
        "SELECT u.id FROM {schema}.org_units u WHERE {{}}::text[] IS NOT NULL OR {{}}::text[] IS NOT NULL"
    ),
    "the condition of lists is dropped": lambda: everywhere(scope.scope_clause, lambda *_: ("true", ())),
    "subtrees are matched by code prefix": _ids_by(
        "SELECT u.id FROM {schema}.org_units u WHERE EXISTS (SELECT 1 FROM unnest({{}}::text[]) p "
        "WHERE starts_with(u.code, p)) " + _OWN
    ),
    "codes are matched as prefixes the other way": _ids_by(
        "SELECT u.id FROM {schema}.org_units u WHERE EXISTS (SELECT 1 FROM unnest({{}}::text[] || {{}}::text[]) p "
        "WHERE starts_with(p, u.code))"
    ),
    "own grants reach the subtree": _ids_by(
        "SELECT c.descendant_id FROM " + _CLOSURE + "c.ancestor_id WHERE u.code = ANY({{}}::text[] || {{}}::text[])"
    ),
    "the closure is read upside down": _ids_by(
        "SELECT c.ancestor_id FROM " + _CLOSURE + "c.descendant_id WHERE u.code = ANY({{}}::text[]) " + _OWN
    ),
    "siblings are taken for children": _ids_by(
        "SELECT s.descendant_id FROM {schema}.org_closure s JOIN " + _CLOSURE + "c.descendant_id "
        "ON s.ancestor_id = c.ancestor_id AND c.depth = 1 WHERE u.code = ANY({{}}::text[]) " + _OWN
    ),
    "nobody has bounds": lambda: everywhere(scope.reachable_ids, _everybody),
    "scorecards forget the bounds": lambda: member(scorecards, "reachable_ids", _everybody),
    "routes ask for a login only": lambda: member(kit_access.Requirement, "__call__", _no_check),
    "the whole institution is asked of nobody": lambda: member(
        kit_access.Requirement, "_is_held", lambda self, caller, permission: caller.may(permission)
    ),
    "any grant gives any permission": lambda: member(kit_access.Caller, "scopes", _any_grant),
    "every grant is for everything": lambda: member(kit_access.Scopes, "everything", property(lambda _: True)),
    "tokens say subtree always": _claims_with(_always_subtree),
    "tokens carry grants on the whole": _claims_with(_on_the_whole),
    "tokens carry reads nobody granted": _claims_with(_reads_for_all),
    "anonymous callers pass as a viewer": _anonymous_passes,
    "events are not filtered": lambda: everywhere(events.visible, _all_events),
    "drafts are shown to everybody": lambda: everywhere(visibility.plan_visible, _all_published),
    "a foreign object is admitted to exist": lambda: member(problems.NotFound, "status", 403),
    "grants are given anywhere": lambda: everywhere(granting._covers, lambda *_: True),
    "foreign grants are shown": lambda: everywhere(grants_router._visible, _any_grant_visible),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    undo = MUTANTS[name]()
    try:
        yield
    finally:
        undo()
