"""Pure rules of indicators: no input or output, no clock, no tables; Decimal only."""
