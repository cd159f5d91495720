"""The room `elastane.engines` against real processes, Valkey and Redis OSS, on loopback addresses."""
