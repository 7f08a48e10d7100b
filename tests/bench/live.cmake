# Fan-out of central/live beside a bare send(2) loop. Needs holeshot_bench().
holeshot_bench(live SOURCES live_bench.cc DEPS central_live)
