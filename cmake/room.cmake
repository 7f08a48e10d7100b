include(GoogleTest)

# holeshot_room(<folder> HEADERS ... SOURCES ... DEPS ... PRIVATE ... TESTS ... TEST_DEPS ...)
#
# One folder, one library, one test program.
#   HEADERS    public headers; each is compiled alone (all_verify_interface_header_sets)
#   DEPS       rooms and libraries that the headers show
#   PRIVATE    libraries that only the sources see
#   TESTS      x_test.cc files beside the code; become the program <room>_test, each case a ctest
#   TEST_DEPS  what only the tests need
# The target of central/log is called central_log.
function(holeshot_room folder)
  cmake_parse_arguments(ROOM "" "" "HEADERS;SOURCES;DEPS;PRIVATE;TESTS;TEST_DEPS" ${ARGN})
  string(REPLACE "/" "_" target "${folder}")
  if(ROOM_SOURCES)
    add_library(${target} STATIC ${ROOM_SOURCES})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${CMAKE_SOURCE_DIR}" FILES ${ROOM_HEADERS})
    target_link_libraries(${target} PUBLIC holeshot_options ${ROOM_DEPS} PRIVATE ${ROOM_PRIVATE})
  else()
    add_library(${target} INTERFACE)
    target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS "${CMAKE_SOURCE_DIR}" FILES ${ROOM_HEADERS})
    target_link_libraries(${target} INTERFACE holeshot_options ${ROOM_DEPS})
  endif()
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(ROOM_TESTS)
    holeshot_test(${target}_test PREFIX "${folder}/" SOURCES ${ROOM_TESTS} DEPS ${target} ${ROOM_TEST_DEPS})
  endif()
endfunction()

# holeshot_test(<target> PREFIX <text> SOURCES ... DEPS ... [TIMEOUT seconds] [LABELS ...] [TOGETHER ...] [SKIP regex])
#   TOGETHER   "<name>=<gtest filter>" ...: one ctest each, where what the cases share is dear to start; without it
#              every case is a ctest of its own
#   SKIP       output that says that the machine lacks what they need
function(holeshot_test target)
  cmake_parse_arguments(T "" "PREFIX;TIMEOUT;SKIP" "SOURCES;DEPS;LABELS;TOGETHER" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  add_executable(${target} ${T_SOURCES})
  target_link_libraries(${target} PRIVATE holeshot_options ${T_DEPS} GTest::gtest GTest::gtest_main Threads::Threads)
  target_compile_definitions(${target} PRIVATE
    HOLESHOT_CAPTURES_DIR="${HOLESHOT_CAPTURES}" HOLESHOT_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    HOLESHOT_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  foreach(suite IN LISTS T_TOGETHER)
    string(REGEX MATCH "^([^=]+)=(.+)$" _ "${suite}")
    add_test(NAME "${T_PREFIX}${CMAKE_MATCH_1}" COMMAND ${target} "--gtest_filter=${CMAKE_MATCH_2}")
    set_tests_properties("${T_PREFIX}${CMAKE_MATCH_1}" PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}"
      SKIP_REGULAR_EXPRESSION "${T_SKIP}")
  endforeach()
  if(T_TOGETHER)
    return()
  endif()
  gtest_discover_tests(${target} TEST_PREFIX "${T_PREFIX}" DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}")
endfunction()

# holeshot_program(<name> SOURCES ... DEPS ...): a binary in build/<preset>/bin.
function(holeshot_program name)
  cmake_parse_arguments(P "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${P_SOURCES})
  target_link_libraries(${name} PRIVATE holeshot_options ${P_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()
