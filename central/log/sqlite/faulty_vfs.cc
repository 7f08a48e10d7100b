#include "central/log/sqlite/faulty_vfs.h"

#include <sqlite3.h>

#include <string_view>

namespace holeshot::log::test {

namespace {

constexpr const char* kName = "holeshot-faulty";

struct FaultyFile {
  sqlite3_file base;
  bool is_wal;
  // Behind it stands the real file.
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultyFile* self(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return self(file)->real(); }
const sqlite3_io_methods* io(sqlite3_file* file) { return real(file)->pMethods; }

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const kReal = sqlite3_vfs_find(nullptr);
  return kReal;
}

sqlite3_io_methods make_methods() {
  sqlite3_io_methods m{};
  m.iVersion = 3;
  m.xClose = [](sqlite3_file* f) { return io(f)->xClose(real(f)); };
  m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
    return io(f)->xRead(real(f), to, n, at);
  };
  m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    const int fault = self(f)->is_wal ? wal_faults().write.load() : 0;
    return fault != 0 ? fault : io(f)->xWrite(real(f), from, n, at);
  };
  m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) { return io(f)->xTruncate(real(f), size); };
  m.xSync = [](sqlite3_file* f, int flags) {
    if (!self(f)->is_wal) return io(f)->xSync(real(f), flags);
    ++wal_faults().syncs_seen;
    const int fault = wal_faults().sync.load();
    return fault != 0 ? fault : io(f)->xSync(real(f), flags);
  };
  m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return io(f)->xFileSize(real(f), size); };
  m.xLock = [](sqlite3_file* f, int lock) { return io(f)->xLock(real(f), lock); };
  m.xUnlock = [](sqlite3_file* f, int lock) { return io(f)->xUnlock(real(f), lock); };
  m.xCheckReservedLock = [](sqlite3_file* f, int* out) { return io(f)->xCheckReservedLock(real(f), out); };
  m.xFileControl = [](sqlite3_file* f, int op, void* arg) { return io(f)->xFileControl(real(f), op, arg); };
  m.xSectorSize = [](sqlite3_file* f) { return io(f)->xSectorSize(real(f)); };
  m.xDeviceCharacteristics = [](sqlite3_file* f) { return io(f)->xDeviceCharacteristics(real(f)); };
  m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return io(f)->xShmMap(real(f), page, size, extend, out);
  };
  m.xShmLock = [](sqlite3_file* f, int at, int n, int flags) {
    return io(f)->xShmLock(real(f), at, n, flags);
  };
  m.xShmBarrier = [](sqlite3_file* f) { io(f)->xShmBarrier(real(f)); };
  m.xShmUnmap = [](sqlite3_file* f, int remove) { return io(f)->xShmUnmap(real(f), remove); };
  m.xFetch = [](sqlite3_file* f, sqlite3_int64 at, int n, void** out) {
    return io(f)->xFetch(real(f), at, n, out);
  };
  m.xUnfetch = [](sqlite3_file* f, sqlite3_int64 at, void* page) {
    return io(f)->xUnfetch(real(f), at, page);
  };
  return m;
}

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  static const sqlite3_io_methods kMethods = make_methods();
  file->pMethods = nullptr;
  const int code = real_vfs()->xOpen(real_vfs(), name, real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  self(file)->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

}  // namespace

WalFaults& wal_faults() {
  static WalFaults faults;
  return faults;
}

std::string faulty_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs copy = *real_vfs();
    copy.zName = kName;
    copy.szOsFile += static_cast<int>(sizeof(FaultyFile));
    copy.xOpen = open_file;
    copy.pNext = nullptr;
    return copy;
  }();
  if (sqlite3_vfs_find(kName) == nullptr) sqlite3_vfs_register(&vfs, 0);
  return kName;
}

}  // namespace holeshot::log::test
