holeshot_bench(spool SOURCES spool_bench.cc DEPS gateway_spool)
