"""Free-text addresses: read them, and say what they are now."""

from sohoa_vietnam.addresses.convert import convert_address, present_text
from sohoa_vietnam.addresses.model import ConvertedAddress, Evidence, ParsedAddress, Reading
from sohoa_vietnam.addresses.parse import parse_address

__all__ = [
    "ConvertedAddress",
    "Evidence",
    "ParsedAddress",
    "Reading",
    "convert_address",
    "parse_address",
    "present_text",
]
