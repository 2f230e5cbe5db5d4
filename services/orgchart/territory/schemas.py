"""Shapes of zones and provinces, for the API's documentation and generated clients."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from services.kit.shapes import Listed


class ZoneOut(BaseModel):
    zone: int
    name: str
    seat: str
    seat_province: str
    provinces: list[str]
    valid_from: date
    valid_to: date | None


class ZonePage(Listed[ZoneOut]):
    pass


class ProvinceOut(BaseModel):
    name: str
    dependencia: str | None
    zone: int
    seat: bool
    management_level: int
    inec_code: str
    iso_code: str
    valid_from: date
    valid_to: date | None


class ProvincePage(Listed[ProvinceOut]):
    pass
