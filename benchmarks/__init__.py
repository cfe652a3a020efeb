"""Benchmarks: ``./run bench NAME [--quick]`` prints one JSON object a line.

Keys: ``bench``, ``metric``, ``value``, ``unit``, and where they apply ``peer``, ``peer_value``,
``ratio``, ``floor``, ``goal``, ``met``. The full run is what a release note reports; ``--quick``
ends within a minute. The machines are shared and noisy: read ratios, not absolute times.
"""
