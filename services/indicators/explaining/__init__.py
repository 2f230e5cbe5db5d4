"""Explanations: any number, its inputs, its rule, and the arithmetic as steps."""
