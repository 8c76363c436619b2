import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonSQLite

@Suite struct SchemaTests {
  private func integer(_ store: SQLiteStore, _ sql: StaticString) throws -> Int64? {
    try store.database.query { (connection) throws(DatabaseError) in try connection.integer(sql) }
  }

  @Test("A new database is Baton's, durable, and as private as the user's files")
  func newDatabase() throws {
    let project = TemporaryProject()
    let store = try project.store()
    #expect(try integer(store, "PRAGMA application_id") == Schema.applicationID)
    #expect(try integer(store, "PRAGMA user_version") == Schema.current.version)
    #expect(try integer(store, "PRAGMA synchronous") == 2)
    let mode = try store.database.query { (connection) throws(DatabaseError) in
      try connection.statement("PRAGMA journal_mode").first { $0.text(0) }
    }
    #expect(mode == "wal")
  }

  @Test("An older database is migrated, and keeps what it holds")
  func migration() throws {
    let project = TemporaryProject()
    do {
      let store = try project.store()
      try StoreCheck.whole(store, "r1", [StoreCheck.ended("a")], at: 100)
    }
    let next = Schema(migrations: Schema.current.migrations + ["CREATE TABLE later (x INTEGER) STRICT"])
    let store = try SQLiteStore(creating: project.database, schema: next)
    #expect(try integer(store, "PRAGMA user_version") == next.version)
    #expect(try integer(store, "SELECT count(*) FROM later") == 0)
    #expect(try store.records(of: "r1", after: 0).count == 3)
  }

  @Test("Who called a workflow is taken from its first record where the schema did not know it")
  func callers() throws {
    let project = TemporaryProject()
    do {
      let old = try SQLiteStore(
        creating: project.database, schema: Schema(migrations: Array(Schema.current.migrations.prefix(3))))
      try old.database.query { (connection) throws(DatabaseError) in
        for (id, by) in [("r1", "ann@host"), ("r2", "r1/deploy"), ("r3", "ann/b@host")] {
          try connection.execute(
            """
            INSERT INTO runs (id, workflow, file, status, started) VALUES ('\(id)', 'w', '/w.lua', 'succeeded', 1);
            INSERT INTO records (run, seq, time, kind, body)
            VALUES (last_insert_rowid(), 1, 1, 'run.started', '{"by":"\(by)"}')
            """)
        }
      }
    }
    let runs = try project.store().runs(limit: nil)
    #expect(runs.map(\.id) == ["r3", "r2", "r1"])
    #expect(runs.map(\.caller) == [nil, "r1/deploy", nil])
  }

  @Test("A migration that fails leaves the database as it was")
  func failedMigration() throws {
    let project = TemporaryProject()
    do { try StoreCheck.whole(project.store(), "r1", [], at: 100) }
    let broken = Schema(migrations: Schema.current.migrations + ["CREATE TABLE later (x INTEGER); CREATE NONSENSE"])
    let error = batonError { _ = try SQLiteStore(creating: project.database, schema: broken) }
    #expect(error?.code == .failure)
    let store = try project.store()
    #expect(try integer(store, "PRAGMA user_version") == Schema.current.version)
    #expect(try integer(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'later'") == 0)
  }

  @Test("A newer database is refused, with both versions and the cure, and not touched")
  func newerDatabase() throws {
    let project = TemporaryProject()
    do {
      _ = try SQLiteStore(
        creating: project.database, schema: Schema(migrations: Schema.current.migrations + ["SELECT 1", "SELECT 1"]))
    }
    for open in [{ _ = try project.store() }, { _ = try SQLiteStore(existing: project.database) }] {
      let error = batonError(open)
      #expect(
        error
          == BatonError(
            .usage,
            "the database \(project.database) was written by a newer Baton (schema \(Schema.current.version + 2), this one knows \(Schema.current.version))",
            cure: "upgrade Baton, or use another project folder"))
    }
  }

  @Test("Several stores that make one database at the same time all get it")
  func race() async throws {
    let project = TemporaryProject()
    try await withThrowingTaskGroup(of: Int64.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let store = try project.store()
          return try store.database.query { (connection) throws(DatabaseError) in
            try connection.integer("PRAGMA user_version") ?? 0
          }
        }
      }
      for try await version in group { #expect(version == Schema.current.version) }
    }
  }
}
