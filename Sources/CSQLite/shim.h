#include <sqlite3.h>

/// The length of the write-ahead log's file in bytes; -1: there is none, or it cannot be told.
static inline sqlite3_int64 baton_sqlite_log_size(sqlite3 *db) {
  sqlite3_file *log = 0;
  sqlite3_int64 size = -1;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK) return -1;
  if (log == 0 || log->pMethods == 0 || log->pMethods->xFileSize(log, &size) != SQLITE_OK) return -1;
  return size;
}

/// Lengthens the write-ahead log's file from `size` by `count` blocks of 64 KB of zeros; it is cut back when the disk is full.
/// SQLite takes what is behind the last valid frame for nothing. Only in a transaction that writes: nobody else does then.
static inline int baton_sqlite_lengthen_log(sqlite3 *db, sqlite3_int64 size, int count) {
  static const char zeros[65536];
  sqlite3_file *log = 0;
  int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code != SQLITE_OK || log == 0 || log->pMethods == 0) return SQLITE_ERROR;
  for (int i = 0; i < count && code == SQLITE_OK; i++)
    code = log->pMethods->xWrite(log, zeros, sizeof zeros, size + (sqlite3_int64)i * (sqlite3_int64)sizeof zeros);
  if (code != SQLITE_OK) (void)log->pMethods->xTruncate(log, size);
  return code;
}

/// `SQLITE_TRANSIENT` is a cast that Swift cannot import.
static inline sqlite3_destructor_type baton_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// `sqlite3_config` is variadic: no statistics of memory, which cost a lock for each allocation. Before any other call.
static inline int baton_sqlite_omit_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// `sqlite3_db_config` is variadic: leaves the write-ahead log in place when the last connection closes.
static inline int baton_sqlite_keep_log_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
