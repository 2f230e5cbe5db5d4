"""The Settings class of each process."""

from __future__ import annotations

from gateway.settings import Settings as GatewaySettings
from services.indicators.settings import Settings as IndicatorsSettings
from services.kit.settings import DatabaseSettings
from services.orgchart.settings import Settings as OrgchartSettings
from services.plans.settings import Settings as PlansSettings

SETTINGS: dict[str, type[DatabaseSettings]] = {
    "gateway": GatewaySettings,
    "orgchart": OrgchartSettings,
    "plans": PlansSettings,
    "indicators": IndicatorsSettings,
}
