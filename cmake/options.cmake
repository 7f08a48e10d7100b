# Compiler settings that hold for every room.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(HOLESHOT_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)
set(HOLESHOT_SANITIZE "" CACHE STRING "Comma-separated sanitizers: address,undefined or thread")
set(HOLESHOT_CAPTURES "${CMAKE_SOURCE_DIR}/../shared/captures" CACHE PATH
    "Real decoder bytes that tests read; the environment variable HOLESHOT_CAPTURES wins")

set(HOLESHOT_SABOTAGE "" CACHE STRING "Breaks one promise on purpose, so that a test can show that it would notice: no_fsync or no_dedupe")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(holeshot_options INTERFACE)
target_compile_options(holeshot_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Woverloaded-virtual -Wnon-virtual-dtor -Wundef -Wformat=2 -Werror
  -Wno-missing-field-initializers  # a designated initializer that leaves a field to its default is what we mean
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>  # g++ 12 reports it falsely inside std::expected and std::optional at -O2
  -fno-omit-frame-pointer)
# Paths in binaries and in __FILE__ are those of the repository, not of a machine.
target_compile_options(holeshot_options INTERFACE "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_compile_definitions(holeshot_options INTERFACE HOLESHOT_VERSION="${PROJECT_VERSION}" _GLIBCXX_ASSERTIONS)
target_include_directories(holeshot_options INTERFACE "${CMAKE_SOURCE_DIR}")

if(HOLESHOT_SANITIZE)
  target_compile_options(holeshot_options INTERFACE "-fsanitize=${HOLESHOT_SANITIZE}" -fno-sanitize-recover=all)
  target_link_options(holeshot_options INTERFACE "-fsanitize=${HOLESHOT_SANITIZE}")
endif()
if(HOLESHOT_FUZZ)
  target_compile_options(holeshot_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(HOLESHOT_SABOTAGE)
  string(TOUPPER "${HOLESHOT_SABOTAGE}" sabotage)
  target_compile_definitions(holeshot_options INTERFACE "HOLESHOT_SABOTAGE_${sabotage}")
endif()
