"""The reform's effect among hospitals that were alike before it: exhibits."""
