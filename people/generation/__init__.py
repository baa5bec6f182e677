"""Large, realistic, skewed data for benchmarks: lines for COPY by a seed, and how they are loaded fast."""
