extension Schema {
  /// Results: what tests, coverage and scanners reported, and the history of each test case.
  static let fourth = """
    -- What the code was, as far as .git told it.
    ALTER TABLE runs ADD COLUMN "commit" TEXT;
    ALTER TABLE runs ADD COLUMN branch TEXT;
    ALTER TABLE runs ADD COLUMN dirty INTEGER;
    CREATE INDEX runs_by_branch ON runs (workflow, branch, started);
    -- Run and step that called it: known from the run's first moment on, before any record of it.
    ALTER TABLE runs ADD COLUMN caller TEXT;
    UPDATE runs SET caller = (
      SELECT json_extract(body, '$.by') FROM records
      WHERE run = runs.key AND seq = 1 AND kind = 'run.started'
        AND json_extract(body, '$.by') LIKE '%/%' AND json_extract(body, '$.by') NOT LIKE '%@%');

    -- What the results of each attempt came to; attempt 0: they came out of the cache.
    CREATE TABLE step_results (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      passed INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      skipped INTEGER NOT NULL,
      flaky INTEGER NOT NULL,
      duration INTEGER NOT NULL,
      lines INTEGER NOT NULL,
      covered INTEGER NOT NULL,
      -- Severity → count, as JSON; {} where nothing was looked for.
      findings TEXT NOT NULL,
      file TEXT,
      time INTEGER NOT NULL,
      -- Of what came out of the cache: where it was measured.
      origin_run TEXT,
      origin_step TEXT,
      origin_attempt INTEGER,
      PRIMARY KEY (run, step, attempt)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE result_values (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      name TEXT NOT NULL,
      value REAL,
      unit TEXT,
      -- As a JSON list; NULL: none.
      samples TEXT,
      PRIMARY KEY (run, step, attempt, name)
    ) STRICT, WITHOUT ROWID;

    -- The key is a hash of the five parts.
    CREATE TABLE test_cases (
      key INTEGER PRIMARY KEY,
      suite TEXT NOT NULL,
      class TEXT NOT NULL,
      name TEXT NOT NULL,
      parameters TEXT NOT NULL,
      cell TEXT NOT NULL,
      text TEXT NOT NULL,
      -- As its last report had them, with spaces between.
      tags TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX test_cases_by_text ON test_cases (text);

    -- Which files a test touched when its coverage was last recorded: as the runner names it, absolute paths.
    CREATE TABLE traced_tests (
      key INTEGER PRIMARY KEY,
      workflow TEXT NOT NULL,
      -- Without its shard.
      step TEXT NOT NULL,
      test TEXT NOT NULL,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX traced_tests_by_step ON traced_tests (workflow, step);
    CREATE INDEX traced_tests_by_run ON traced_tests (run);
    CREATE TABLE traced_files (
      key INTEGER PRIMARY KEY,
      file TEXT NOT NULL
    ) STRICT;
    CREATE TABLE traces (
      test INTEGER NOT NULL REFERENCES traced_tests ON DELETE CASCADE,
      file INTEGER NOT NULL,
      PRIMARY KEY (test, file)
    ) STRICT, WITHOUT ROWID;
    -- Lines that ran while a file was loaded: first and last of each range, as a JSON list.
    CREATE TABLE traced_loading (
      workflow TEXT NOT NULL,
      step TEXT NOT NULL,
      file TEXT NOT NULL,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      lines TEXT NOT NULL,
      PRIMARY KEY (workflow, step, file)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX traced_loading_by_run ON traced_loading (run);

    CREATE TABLE test_outcomes (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      place INTEGER NOT NULL,
      test INTEGER NOT NULL,
      status TEXT NOT NULL,
      duration INTEGER,
      failed_before INTEGER NOT NULL,
      message TEXT,
      -- Of failures: what they have in common with others.
      cluster INTEGER,
      time INTEGER NOT NULL,
      -- A failure of an earlier attempt that this one, a retry of the failed tests alone, did not run again: it counts in what
      -- the attempt came to, and not in the history of its case.
      carried INTEGER NOT NULL DEFAULT 0,
      -- Its failure failed nothing.
      quarantined INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (run, step, attempt, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX test_outcomes_by_test ON test_outcomes (test, run);
    CREATE INDEX test_outcomes_by_cluster ON test_outcomes (cluster, run) WHERE cluster IS NOT NULL;

    -- Tests whose failures fail nothing until a day, in UTC: `2026-12-31`.
    CREATE TABLE quarantine (
      test TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      reason TEXT NOT NULL,
      expires TEXT NOT NULL,
      by TEXT NOT NULL,
      time INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE failure_clusters (
      key INTEGER PRIMARY KEY,
      message TEXT NOT NULL
    ) STRICT;

    -- What analyses found, of each severity and attempt the first thousand; the others are in its sums alone.
    CREATE TABLE findings (
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      place INTEGER NOT NULL,
      -- A hash of tool, rule, file and message without what differs from time to time: the same finding in another run.
      key INTEGER NOT NULL,
      tool TEXT NOT NULL,
      rule TEXT NOT NULL,
      severity TEXT NOT NULL,
      message TEXT NOT NULL,
      file TEXT,
      line INTEGER,
      PRIMARY KEY (run, step, attempt, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX findings_by_key ON findings (key, run);

    -- One row a case and branch, and one for all branches together ('*'): kept with each outcome, so that no view has to look at
    -- all of them.
    CREATE TABLE test_history (
      test INTEGER NOT NULL,
      branch TEXT NOT NULL,
      -- As CaseFold writes it.
      state TEXT NOT NULL,
      passed INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      skipped INTEGER NOT NULL,
      recent TEXT NOT NULL,
      flips INTEGER NOT NULL,
      proofs INTEGER NOT NULL,
      -- 0 no, 1 suspected, 2 proven.
      flakiness INTEGER NOT NULL,
      median INTEGER,
      p95 INTEGER,
      first_time INTEGER NOT NULL,
      first_run TEXT NOT NULL,
      last_time INTEGER NOT NULL,
      last_run TEXT NOT NULL,
      last_status TEXT NOT NULL,
      last_step TEXT NOT NULL,
      last_commit TEXT,
      last_message TEXT,
      failing_time INTEGER,
      failing_run TEXT,
      PRIMARY KEY (test, branch)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX test_history_flaky ON test_history (branch, flakiness DESC, flips DESC) WHERE flakiness > 0;
    CREATE INDEX test_history_slow ON test_history (branch, median DESC) WHERE median IS NOT NULL;
    CREATE INDEX test_history_failing ON test_history (branch, last_time DESC) WHERE failing_time IS NOT NULL;
    """

  /// Large results enter the tables in slices.
  static let fifth = """
    -- Attempts whose results are on their way into the tables (see ResultsUnderWay).
    CREATE TABLE results_under_way (
      -- In the order in which they have to enter the history.
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
      step TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      -- 0: outcomes are being written, 1: they are there; no record tells of them. 2: they count, and the history lacks those
      -- behind the place.
      phase INTEGER NOT NULL,
      place INTEGER NOT NULL,
      UNIQUE (run, step, attempt)
    ) STRICT;
    -- Names with a mark of their file or number.
    CREATE INDEX test_cases_marked ON test_cases (name) WHERE substr(name, -1) = '»';
    -- What records tell of.
    CREATE VIEW told_outcomes AS SELECT * FROM test_outcomes o WHERE NOT EXISTS (
      SELECT 1 FROM results_under_way u WHERE u.run = o.run AND u.step = o.step AND u.attempt = o.attempt AND u.phase < 2);
    CREATE VIEW told_findings AS SELECT * FROM findings f WHERE NOT EXISTS (
      SELECT 1 FROM results_under_way u WHERE u.run = f.run AND u.step = f.step AND u.attempt = f.attempt AND u.phase < 2);
    """
}
