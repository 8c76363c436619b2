#pragma once
#include <sqlite3.h>

/// The length of the write-ahead log's file in bytes; -1: there is none, or it cannot be told.
sqlite3_int64 baton_log_size(sqlite3 *db);

/// Lengthens the write-ahead log's file from `size` by `count` blocks of 64 KB of zeros; it is cut back when the disk is full.
/// SQLite takes what is behind the last valid frame for nothing. Only in a transaction that writes: nobody else does then.
int baton_log_lengthen(sqlite3 *db, sqlite3_int64 size, int count);

/// From now on, the header of a frame and its page reach the file of this connection's write-ahead log as one write instead of
/// two, where one frame follows the other. After `PRAGMA journal_mode = WAL`.
void baton_log_join_writes(sqlite3 *db);
