# Durable appends beside a bare write+fdatasync of the same bytes, and ingest over HTTP.
holeshot_bench(log SOURCES log_bench.cc DEPS central_log SQLite::SQLite3)
holeshot_bench(ingest SOURCES ingest_bench.cc DEPS central_log central_http)
