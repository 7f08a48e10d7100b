holeshot_bench(spool SOURCES spool_bench.cc DEPS gateway_spool)
    holeshot_bench(spool_backlog SOURCES spool_backlog_bench.cc DEPS gateway_spool)
