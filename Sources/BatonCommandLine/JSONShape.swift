extension Subcommand.Name {
  /// What the command prints with `--json`, as its help tells; nil: it has no JSON, or that is told elsewhere.
  var jsonShape: String? {
    switch self {
    case .run, .watch:
      """
      One event a line, as it happens: {"seq","time","run","kind","step","attempt",…}; the kinds are those
      that baton events prints. With --dry-run, what baton plan --json prints.
      """
    case .resume:
      """
      One event a line, as it happens: {"seq","time","run","kind","step","attempt",…}. With --dry-run
      {"run","kept","failed":[…],"set":{…},"skipped":[…],"again":[{"step","reason","differences":[{"part","before","now"}]}]}.
      """
    case .events: #"One event a line: {"seq","time","run","kind","step","attempt",…}."#
    case .plan:
      """
      {"workflow","file","description","params":[…],"values":{…},"pool":{…},"jobs","fail_fast","deadline_ms",
      "estimate":{…},"nodes":[{"name","kind","level","file","line","group","depends":[…],"run",…}],
      "notifications":[…],"shards":[{"matrix","axis","shards":[{"index","count","tests":[…],"seconds","why":{…}}]}],
      "changed_since":{"revision","commit","files":[…],"runs":{step: reason},"left_out":{step: reason}}}
      """
    case .graph:
      """
      {"workflow","run","nodes":[{"name","kind","style","group","status"}],"edges":[{"from","to"}]}; an edge
      leads from what has to end to what waits for it. "run" and "status" are null of a workflow's FILE.
      """
    case .`import`: #"{"format","file","notes":[{"line","column","path","message","lost"}]}; without -o also "lua"."#
    case .module:
      """
      list: [{"name","version","source","sha256","asked","requires":{…},"permissions":[…],"granted":[…]}];
      verify: [{"file","problem","module","cure"}]; pack: {"file","sha256"}; what changes modules:
      {"changes":[{"name","before","after"}],"refused":[{"module","permission","meaning"}]}
      """
    case .config:
      """
      show: {"environment","config":{…},"flags":{…},"env":{…},"jobs","resources":{…},"secrets":[…],
      "origins":[{"path","value","file","line","column","environment","variables":[{"name","default"}]}]};
      validate: [{"severity","file","line","column","message","cure"}]
      """
    case .data:
      """
      mask: {"file","rows","values","bytes"}; generate: {"file","rows","seed"}; verify: {"clean","rows","cells",
      "values","count","findings":[{"kind","file","line","column","from"}]}, kind: unchanged, foreign, leak, encoded;
      add, list: {"name","number","sha256","size","time","by","parents":[…],"note"}; get: {"name","sha256","file"};
      log: [{"time","name","sha256","by","run","step"}]
      """
    case .secret: #"list: [{"name","source"}]; get: {"name","value","source"}; set, remove: {"name","store"}."#
    case .check:
      """
      [{"code","severity","file","line","column","message","cure","fixable"}]; with --explain
      [{"code","family","title","severity","explanation","bad","good","fixable"}].
      """
    case .why:
      """
      {"run","step","status","because":[…],"compared_with","differences":[{"part","before","now"}],
      "resume":{"runs_again","reason","differences":[…]}}
      """
    case .runs:
      """
      [{"run","workflow","file","status","started","finished","duration_ms","counts":{…},"driver",
      "waits_for":[…],"owed","caller"}]
      """
    case .show:
      """
      {"run","workflow","status","exit_code","reason","file","by","started","finished","params":{…},
      "counts":{"succeeded","failed","skipped","kept","cached"},"resumptions":[…],"notifications":[…],
      "steps":[{"step","kind","status","reason","values":{…},"attempts":[{"n","status","code","signal",
      "executor","started","finished","duration_ms"}],"results":{…}}],"answers":[…],"signals":[…],"waits":[…],
      "resources":{name: {"in_use","capacity"}},"services":[{"service","drift":{"gone","fields":[{"field",
      "started_with","should_be"}],"cure"},"recoveries","failovers","complaints":[…],"spans":[…]}],
      "settings":{"environment","config":{…},"flags":{…},"env":{…}},
      "tests":{"total","passed","failed","skipped","flaky","pass_rate","flaky_rate"},"quality":{"score",
      "grade","parts":[…]},"recommendations":[{"rule","evidence","action"}],"causes":[{"message",
      "count","case_count","cases":[…],"cells","first_run","first_seen","first_commit","good_run",
      "good_commit","runs","runs_since","change","commit_count","authors","commits":[{"commit","author",
      "subject"}]}],"shards":[{"matrix","axis","shards":[{"index","count","tests":[…],"seconds","why":{…}}]}],
      "changed_since":{"since","commit","files":[…],"left_out":{step: reason}},
      "modules":[{"name","version","sha256"}]}
      """
    case .tests:
      """
      [{"test","suite","class","name","parameters","cell","passed","failed","skipped","pass_rate","recent",
      "flips","flip_rate","flaky","proofs","median_ms","p95_ms","first_seen","last_seen","last_status",…}];
      of show, one of them with "outcomes":[{"run","step","attempt","status","duration_ms","commit",…}];
      of trends, {"workflow","branch","points":[{"run","started","status","duration_ms","tests","failed",
      "flaky","pass_rate","flaky_rate","coverage","findings":{…},"score","grade","commit","branch"}]}.
      """
    case .logs: #"One line of output a line: {"run","step","attempt","text"}."#
    case .cancel: #"{"run","was","done"}"#
    case .gc: #"{"dry_run","runs":[…],"run_bytes","cache_results","cache_bytes"}"#
    case .pools:
      """
      [{"pool","leased","units","waiting","members":[{"member","units","uses","quarantined","failures","reason",
      "leases":[{"token","purpose","from","until","holder"}]}],"past":[{"token","member","purpose","from","until",
      "how"}]}]
      """
    case .doctor: #"[{"check","state","finding","cure"}]"#
    case .`init`, .repl, .test, .chaos, .replay, .report, .approve, .reject, .signal, .completion, .docs, .help: nil
    }
  }
}
