"""The language of rules that cannot be data: a typed subset of CEL, checked before it runs."""
