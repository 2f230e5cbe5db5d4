"""The domain's arithmetic as PostgreSQL expressions, held equal to it by a property test."""
