# Fan-out of central/live beside a bare send(2) loop.
holeshot_program(holeshot-bench-live SOURCES ${CMAKE_CURRENT_LIST_DIR}/live_bench.cc DEPS central_live)
