import BatonModel
import CSQLite

/// The tables of a project's database, version by version.
///
/// `records` are the truth; everything else is derived from them in the same transaction. Runs are numbered (`key`) so that
/// the rows that refer to them stay small. Moments and lengths of time are nanoseconds.
struct Schema {
  /// Marks the file as Baton's: "Batn".
  static let applicationID: Int64 = 0x4261_746E

  /// The statements that lead from one version to the next; the database's version is their number.
  var migrations: [String]

  var version: Int64 { Int64(migrations.count) }

  static let current = Schema(migrations: [first, second, third, fourth, fifth, sixth, seventh])

  private static let first = """
    CREATE TABLE runs (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      workflow TEXT NOT NULL,
      file TEXT NOT NULL,
      status TEXT NOT NULL,
      reason TEXT,
      started INTEGER NOT NULL,
      ended INTEGER,
      -- When the run ended: status → how many steps, as JSON.
      counts TEXT
    ) STRICT;
    CREATE INDEX runs_by_workflow ON runs (workflow, ended);

    CREATE TABLE leases (
      run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
      token TEXT NOT NULL,
      host TEXT NOT NULL,
      pid INTEGER NOT NULL,
      -- Clock ticks since the machine started, as /proc/PID/stat tells it; with the boot, they tell processes apart.
      process_started INTEGER NOT NULL,
      boot TEXT NOT NULL
    ) STRICT;

    CREATE TABLE records (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      time INTEGER NOT NULL,
      kind TEXT NOT NULL,
      step TEXT,
      attempt INTEGER,
      body TEXT NOT NULL,
      PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE steps (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      kind TEXT NOT NULL,
      status TEXT NOT NULL,
      reason TEXT,
      attempts INTEGER NOT NULL,
      started INTEGER,
      ended INTEGER,
      duration INTEGER,
      PRIMARY KEY (run, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE attempts (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      number INTEGER NOT NULL,
      outcome TEXT,
      code INTEGER,
      signal INTEGER,
      executor TEXT NOT NULL,
      pid INTEGER,
      started INTEGER NOT NULL,
      ended INTEGER,
      PRIMARY KEY (run, step, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE "values" (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (run, step, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE measurements (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      name TEXT NOT NULL,
      value REAL,
      PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE gates (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      gate TEXT NOT NULL,
      passed INTEGER NOT NULL,
      findings TEXT NOT NULL,
      measured TEXT NOT NULL,
      otherwise TEXT NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (run, gate)
    ) STRICT, WITHOUT ROWID;

    -- How long each step took when it last succeeded, over all runs that have ended.
    CREATE TABLE durations (
      workflow TEXT NOT NULL,
      step TEXT NOT NULL,
      duration INTEGER NOT NULL,
      ended INTEGER NOT NULL,
      PRIMARY KEY (workflow, step)
    ) STRICT, WITHOUT ROWID;
    """

  private static let sixth = """
    -- Who has which member of a pool, and which are in quarantine, as JSON (LeaseBook).
    CREATE TABLE pools (
      name TEXT PRIMARY KEY,
      book TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE past_leases (
      pool TEXT NOT NULL,
      token INTEGER NOT NULL,
      member TEXT NOT NULL,
      -- Run and step.
      purpose TEXT NOT NULL,
      started INTEGER NOT NULL,
      ended INTEGER NOT NULL,
      how TEXT NOT NULL,
      PRIMARY KEY (pool, token)
    ) STRICT, WITHOUT ROWID;
    """

  private static let second = """
    -- What was asked of runs from outside, until their drivers have taken it. Numbers are never used again.
    CREATE TABLE requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      time INTEGER NOT NULL,
      by TEXT NOT NULL,
      reason TEXT,
      kind TEXT NOT NULL,
      body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX requests_by_run ON requests (run);
    """

  private static let third = """
    -- What the runs of a workflow know of each other's messages: those that left (without an event), and events that were left
    -- to later runs. What was taken stays, so that a claim that is made again has the same answer.
    CREATE TABLE notices (
      key TEXT PRIMARY KEY,
      workflow TEXT NOT NULL,
      name TEXT NOT NULL,
      target INTEGER NOT NULL,
      time INTEGER NOT NULL,
      event TEXT,
      -- The claim that took the event.
      taken TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX notices_by_receiver ON notices (workflow, name, target, time);
    CREATE INDEX notices_by_claim ON notices (taken) WHERE taken IS NOT NULL;
    """

  private static let seventh = """
    -- Records of attempts may say what they hold of the pool, which programs that know the sixth alone cannot read.
    """

  /// Brings a database to this version, in one transaction.
  func migrate(_ connection: Connection) throws(BatonError) {
    func wrap(_ error: DatabaseError) -> BatonError { error.batonError(path: connection.path) }
    if try check(connection) == version { return }
    try connection.transaction(wrap: wrap) { () throws(BatonError) in
      // Another process may have done it since.
      let found = try check(connection)
      guard found < version else { return }
      do throws(DatabaseError) {
        for migration in migrations[Int(found)...] { try connection.execute(migration) }
        try connection.execute("PRAGMA application_id = \(Self.applicationID); PRAGMA user_version = \(version)")
        FaultPoint.reach("store.migrating")
      } catch {
        throw wrap(error)
      }
    }
  }

  /// The version of a database; throws when it is none of Baton's, or a newer one.
  func check(_ connection: Connection) throws(BatonError) -> Int64 {
    do throws(DatabaseError) {
      let found = try connection.integer("PRAGMA user_version") ?? 0
      let application = try connection.integer("PRAGMA application_id") ?? 0
      if found == 0, application == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 { return 0 }
      guard application == Self.applicationID else {
        throw DatabaseError(code: SQLITE_NOTADB, message: "another program's", sql: nil)
      }
      guard found > version else { return found }
      throw DatabaseError(code: SQLITE_SCHEMA, message: String(found), sql: nil)
    } catch {
      guard error.code == SQLITE_SCHEMA, let found = Int64(error.message) else {
        throw error.openingError(path: connection.path)
      }
      throw BatonError(
        .usage,
        "the database \(connection.path) was written by a newer Baton (schema \(found), this one knows \(version))",
        cure: "upgrade Baton, or use another project folder")
    }
  }
}
