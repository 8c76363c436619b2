/// The Lua files of `stdlib/`, which are part of the binary.
public enum Stdlib {
  /// Runs once, before the script.
  static let prelude: [UInt8] = PackageResources.prelude_lua

  /// The words of specs, behind the prelude: `describe`, `it`, `assert`, `simulate`.
  public static let spec: [UInt8] = PackageResources.spec_lua

  /// Runs when the first durable body is executed.
  static let body: [UInt8] = PackageResources.body_lua

  /// Run in this order before a script that is read to see what its bodies would do; the last one gives back how.
  static let explore: [(name: String, source: [UInt8])] = [
    ("unknown", PackageResources.unknown_lua), ("marks", PackageResources.marks_lua),
    ("lifted", PackageResources.lifted_lua), ("ctx", PackageResources.ctx_lua),
  ]

  /// Runs when the first installed module is required: makes what they see.
  static let rocks: [UInt8] = PackageResources.rocks_lua

  /// What `require` finds without a file: module → source.
  static let modules: [String: [UInt8]] = [
    "baton.actions": PackageResources.actions_lua,
    "baton.actions.counterparts": PackageResources.counterparts_lua,
    "baton.actions.expressions": PackageResources.expressions_lua,
    "baton.actions.jobs": PackageResources.jobs_lua,
    "baton.actions.shells": PackageResources.shells_lua,
    "baton.agents": PackageResources.agents_lua,
    "baton.browser": PackageResources.browser_lua,
    "baton.cargo": PackageResources.cargo_lua,
    "baton.compare": PackageResources.compare_lua,
    "baton.data": PackageResources.data_lua,
    "baton.files": PackageResources.files_lua,
    "baton.git": PackageResources.git_lua,
    "baton.globs": PackageResources.globs_lua,
    "baton.health": PackageResources.health_lua,
    "baton.http": PackageResources.http_lua,
    "baton.json": PackageResources.json_lua,
    "baton.make": PackageResources.make_lua,
    "baton.mock": PackageResources.mock_lua,
    "baton.nats": PackageResources.nats_lua,
    "baton.npm": PackageResources.npm_lua,
    "baton.options": PackageResources.options_lua,
    "baton.poll": PackageResources.poll_lua,
    "baton.postgres": PackageResources.postgres_lua,
    "baton.ctest": PackageResources.ctest_lua,
    "baton.gotest": PackageResources.gotest_lua,
    "baton.jest": PackageResources.jest_lua,
    "baton.pytest": PackageResources.pytest_lua,
    "baton.python": PackageResources.python_lua,
    "baton.redis": PackageResources.redis_lua,
    "baton.runner": PackageResources.runner_lua,
    "baton.s3": PackageResources.s3_lua,
    "baton.shell": PackageResources.shell_lua,
    "baton.swifttest": PackageResources.swifttest_lua,
    "baton.templates": PackageResources.templates_lua,
  ]

  /// The names of those that are made for scripts: parts of a module, such as `baton.actions.jobs`, are not.
  public static var moduleNames: [String] { modules.keys.filter { moduleTypes[$0] != nil }.sorted() }

  /// The text of one of them, for what its head tells.
  public static func source(of module: String) -> [UInt8]? { modules[module] }

  /// `---@meta` types of the language, for completion and checks in editors that use the Lua language server.
  public static let typeDefinitions: [UInt8] = PackageResources.baton_lua

  /// The same of its parts that stand apart, and of the modules: name → source.
  public static let moduleTypes: [String: [UInt8]] = [
    "baton.actions": PackageResources.baton_actions_lua,
    "baton.agents": PackageResources.baton_agents_lua,
    "baton.body": PackageResources.baton_body_lua,
    "baton.browser": PackageResources.baton_browser_lua,
    "baton.cargo": PackageResources.baton_cargo_lua,
    "baton.channels": PackageResources.baton_channels_lua,
    "baton.compare": PackageResources.baton_compare_lua,
    "baton.ctest": PackageResources.baton_ctest_lua,
    "baton.data": PackageResources.baton_data_lua,
    "baton.files": PackageResources.baton_files_lua,
    "baton.gates": PackageResources.baton_gates_lua,
    "baton.git": PackageResources.baton_git_lua,
    "baton.globs": PackageResources.baton_globs_lua,
    "baton.gotest": PackageResources.baton_gotest_lua,
    "baton.health": PackageResources.baton_health_lua,
    "baton.http": PackageResources.baton_http_lua,
    "baton.jest": PackageResources.baton_jest_lua,
    "baton.json": PackageResources.baton_json_lua,
    "baton.make": PackageResources.baton_make_lua,
    "baton.mock": PackageResources.baton_mock_lua,
    "baton.nats": PackageResources.baton_nats_lua,
    "baton.npm": PackageResources.baton_npm_lua,
    "baton.options": PackageResources.baton_options_lua,
    "baton.executors": PackageResources.baton_executors_lua,
    "baton.params": PackageResources.baton_params_lua,
    "baton.poll": PackageResources.baton_poll_lua,
    "baton.pools": PackageResources.baton_pools_lua,
    "baton.postgres": PackageResources.baton_postgres_lua,
    "baton.pytest": PackageResources.baton_pytest_lua,
    "baton.python": PackageResources.baton_python_lua,
    "baton.redis": PackageResources.baton_redis_lua,
    "baton.results": PackageResources.baton_results_lua,
    "baton.runner": PackageResources.baton_runner_lua,
    "baton.s3": PackageResources.baton_s3_lua,
    "baton.services": PackageResources.baton_services_lua,
    "baton.shell": PackageResources.baton_shell_lua,
    "baton.spec": PackageResources.baton_spec_lua,
    "baton.swifttest": PackageResources.baton_swifttest_lua,
    "baton.templates": PackageResources.baton_templates_lua,
  ]
}
