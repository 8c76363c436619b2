#include "CSQLiteLog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_file *log_of(sqlite3 *db) {
  sqlite3_file *file = NULL;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return NULL;
  return file != NULL && file->pMethods != NULL ? file : NULL;
}

sqlite3_int64 baton_log_size(sqlite3 *db) {
  sqlite3_file *file = log_of(db);
  sqlite3_int64 size = -1;
  if (file == NULL || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return -1;
  return size;
}

int baton_log_lengthen(sqlite3 *db, sqlite3_int64 size, int count) {
  static const char zeros[65536];
  sqlite3_file *file = log_of(db);
  if (file == NULL) return SQLITE_ERROR;
  int code = SQLITE_OK;
  for (int i = 0; i < count && code == SQLITE_OK; i++)
    code = file->pMethods->xWrite(file, zeros, sizeof zeros, size + (sqlite3_int64)i * (sqlite3_int64)sizeof zeros);
  if (code != SQLITE_OK) (void)file->pMethods->xTruncate(file, size);
  return code;
}

// MARK: Joined writes

enum {
  /// Of a frame of the log: https://www.sqlite.org/fileformat2.html#walformat
  header_size = 24,
  largest_page = 65536,
};

/// What stands in for the methods of a log's file. A header is held back only where it follows the page of the frame before
/// it: there SQLite writes its page next. Whatever else happens to the file, what is held is written first.
typedef struct {
  sqlite3_io_methods methods;
  const sqlite3_io_methods *original;
  /// Where the page ends that was written last; -1: something else happened since.
  sqlite3_int64 end;
  sqlite3_int64 held_at;
  bool holds;
  unsigned char frame[header_size + largest_page];
} joined_log;

static joined_log *joined(sqlite3_file *file) { return (joined_log *)(void *)file->pMethods; }

static int release(sqlite3_file *file) {
  joined_log *log = joined(file);
  log->end = -1;
  if (!log->holds) return SQLITE_OK;
  log->holds = false;
  return log->original->xWrite(file, log->frame, header_size, log->held_at);
}

static int joined_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 place) {
  joined_log *log = joined(file);
  if (log->holds && place == log->held_at + header_size && count > header_size && count <= largest_page) {
    memcpy(log->frame + header_size, bytes, (size_t)count);
    log->holds = false;
    int code = log->original->xWrite(file, log->frame, header_size + count, log->held_at);
    log->end = code == SQLITE_OK ? place + count : -1;
    return code;
  }
  if (count == header_size && !log->holds && place == log->end) {
    memcpy(log->frame, bytes, header_size);
    log->held_at = place;
    log->holds = true;
    return SQLITE_OK;
  }
  int code = release(file);
  if (code == SQLITE_OK) code = log->original->xWrite(file, bytes, count, place);
  if (code == SQLITE_OK && count > header_size) log->end = place + count;
  return code;
}

static int joined_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 place) {
  int code = release(file);
  return code == SQLITE_OK ? joined(file)->original->xRead(file, bytes, count, place) : code;
}

static int joined_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = release(file);
  return code == SQLITE_OK ? joined(file)->original->xTruncate(file, size) : code;
}

/// What was written last stays what a header may follow.
static int joined_sync(sqlite3_file *file, int flags) {
  joined_log *log = joined(file);
  int code = log->holds ? release(file) : SQLITE_OK;
  return code == SQLITE_OK ? log->original->xSync(file, flags) : code;
}

static int joined_size(sqlite3_file *file, sqlite3_int64 *size) {
  joined_log *log = joined(file);
  int code = log->holds ? release(file) : SQLITE_OK;
  return code == SQLITE_OK ? log->original->xFileSize(file, size) : code;
}

static int joined_close(sqlite3_file *file) {
  joined_log *log = joined(file);
  int written = release(file);
  file->pMethods = log->original;
  free(log);
  int closed = file->pMethods->xClose(file);
  return written != SQLITE_OK ? written : closed;
}

void baton_log_join_writes(sqlite3 *db) {
  sqlite3_file *file = log_of(db);
  if (file == NULL || file->pMethods->xWrite == joined_write) return;
  joined_log *log = malloc(sizeof *log);
  if (log == NULL) return;
  log->methods = *file->pMethods;
  log->original = file->pMethods;
  log->end = -1;
  log->holds = false;
  log->methods.xWrite = joined_write;
  log->methods.xRead = joined_read;
  log->methods.xTruncate = joined_truncate;
  log->methods.xSync = joined_sync;
  log->methods.xFileSize = joined_size;
  log->methods.xClose = joined_close;
  file->pMethods = &log->methods;
}
