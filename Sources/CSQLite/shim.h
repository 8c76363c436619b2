#include <sqlite3.h>

/// `SQLITE_TRANSIENT` is a cast that Swift cannot import.
static inline sqlite3_destructor_type baton_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// `sqlite3_config` is variadic: no statistics of memory, which cost a lock for each allocation. Before any other call.
static inline int baton_sqlite_omit_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// `sqlite3_db_config` is variadic: leaves the write-ahead log in place when the last connection closes.
static inline int baton_sqlite_keep_log_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
