# Durable appends beside a bare write+fdatasync of the same bytes, and ingest over HTTP beside append alone.
holeshot_bench(log SOURCES log_bench.cc DEPS central_log central_http)
