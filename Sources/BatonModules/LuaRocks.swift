import BatonModel
import BatonSystem
import Glibc

/// LuaRocks at work on one tree, in a folder of its own: it reads no settings of the user or the machine and writes nowhere
/// else, and of what it installs nothing runs unless that was allowed.
struct LuaRocks {
  /// A folder for all that it makes.
  let folder: String
  let tree: String
  /// Whether rockspecs may run programs.
  let runsPrograms: Bool
  /// Copies of folders of rocks that it takes for servers → the folders as the lock names them.
  private(set) var served: [String: String] = [:]
  private let program: String
  private let admin: String

  /// LuaRocks' own server.
  static let standardServer = "https://luarocks.org"

  /// - Parameters:
  ///   - folder: exists, and is empty.
  ///   - servers: addresses, or folders of rocks: the path and how the lock names it.
  init(in folder: String, tree: String, servers: [(place: String, name: String)], runsPrograms: Bool)
    throws(BatonError)
  {
    guard let program = Child.find("luarocks"), let admin = Child.find("luarocks-admin") else {
      throw BatonError(
        .usage, "there is no program luarocks, which fetches modules",
        cure: "install it (Debian: apt-get install luarocks)")
    }
    (self.program, self.admin) = (program, admin)
    self.folder = folder
    self.tree = tree
    self.runsPrograms = runsPrograms
    try Disk.make(folder: "\(folder)/shim/luarocks")
    try Disk.make(folder: "\(folder)/home")
    try Disk.make(folder: tree)
    if !runsPrograms { try Disk.write(Array(Self.guardian.utf8), to: "\(folder)/shim/luarocks/build.lua") }
    var places: [String] = []
    // The settings are there first: making a manifest needs them.
    try configure([])
    for (number, server) in servers.enumerated() {
      guard Disk.isFolder(server.place) else {
        places.append(server.place)
        continue
      }
      let copy = "\(folder)/server-\(number)"
      try Disk.make(folder: copy)
      for name in Disk.names(in: server.place) where name.hasSuffix(".rock") || name.hasSuffix(".rockspec") {
        guard let real = Disk.real("\(server.place)/\(name)") else { continue }
        guard symlink(real, "\(copy)/\(name)") == 0 else { throw Disk.failure("link", "\(copy)/\(name)") }
      }
      try run(admin: ["make-manifest", copy])
      served[copy] = server.name
      places.append(copy)
    }
    try configure(servers.isEmpty ? [Self.standardServer] : places)
  }

  private func configure(_ servers: [String]) throws(BatonError) {
    func quoted(_ text: String) -> String {
      "\"" + text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : $0 == "\n" ? "\\n" : String($0) }.joined() + "\""
    }
    let settings = """
      rocks_trees = { { name = "project", root = \(quoted(tree)) } }
      home_tree = \(quoted(tree))
      rocks_servers = { \(servers.map(quoted).joined(separator: ", ")) }
      local_cache = \(quoted(folder + "/cache"))
      lua_version = "5.4"
      hooks_enabled = \(runsPrograms)
      wrap_bin_scripts = false
      """
    try Disk.write(Array(settings.utf8), to: "\(folder)/config.lua")
  }

  /// Stands before LuaRocks' own `build.lua`: what would run programs, or write outside of the tree, is refused by name.
  private static let guardian = #"""
    local here = debug.getinfo(1, "S").source:gsub("^@", "")
    local build
    for template in package.path:gmatch "[^;]+" do
      local file = template:gsub("%?", "luarocks/build")
      local found = file ~= here and io.open(file)
      if found then
        found:close()
        build = assert(loadfile(file))("luarocks.build")
        break
      end
    end

    local function leaves(value, depth)
      if type(value) == "string" then return value:find "^/" or ("/" .. value .. "/"):find("/../", 1, true) end
      if type(value) ~= "table" or depth > 20 then return depth > 20 end
      for key, entry in pairs(value) do
        if leaves(key, depth + 1) or leaves(entry, depth + 1) then return true end
      end
      return false
    end

    local function compiles(modules)
      for _, source in pairs(modules or {}) do
        if type(source) ~= "string" or not source:find "%.lua$" then return true end
      end
      return false
    end

    -- Headers of Lua are for compilers.
    require("luarocks.deps").check_lua_incdir = function() return true end

    local original = build.build_rockspec
    function build.build_rockspec(rockspec, ...)
      local spec = rockspec.build or {}
      local kind = spec.type or "builtin"
      local why
      if kind ~= "builtin" and kind ~= "module" and kind ~= "none" then
        why = "is built with \"" .. kind .. "\", which runs programs"
      elseif compiles(spec.modules) then
        why = "has modules in C, which a compiler makes"
      elseif next(rockspec.build_dependencies or {}) then
        why = "is built with other rocks, which run"
      elseif leaves(spec, 0) then
        return nil, "baton-refuses outside " .. rockspec.name .. " names files outside of its own folder"
      end
      if why then return nil, "baton-refuses build " .. rockspec.name .. " " .. why end
      return original(rockspec, ...)
    end

    return build
    """#

  // MARK: Running it

  private var environment: [String: String] {
    var variables: [String: String] = [
      "HOME": "\(folder)/home", "XDG_CONFIG_HOME": "\(folder)/home", "XDG_CACHE_HOME": "\(folder)/cache",
      "LUAROCKS_CONFIG": "\(folder)/config.lua", "LUAROCKS_SYSCONFDIR": folder,
      "LUA_PATH": "\(folder)/shim/?.lua;;", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "TMPDIR": "\(folder)/tmp",
    ]
    let kept = [
      "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
      "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    for name in kept { variables[name] = getenv(name).map { String(cString: $0) } }
    if let home = getenv("HOME") { variables["GIT_CONFIG_GLOBAL"] = "\(String(cString: home))/.gitconfig" }
    return variables
  }

  /// Runs LuaRocks in a folder, and gives what it said.
  @discardableResult
  func run(_ arguments: [String], in place: String? = nil) throws(BatonError) -> String {
    try call(program, arguments, place)
  }

  private func run(admin arguments: [String]) throws(BatonError) { _ = try call(admin, arguments, nil) }

  private func call(_ program: String, _ arguments: [String], _ place: String?) throws(BatonError) -> String {
    try Disk.make(folder: "\(folder)/tmp")
    let end = try Child.told(
      program, ["--lua-version", "5.4"] + arguments, environment: environment, in: place ?? folder)
    guard end.code == 0 else { throw Self.problem(end) }
    return end.text
  }

  /// Begins what is said where nothing has the name, or none of the versions.
  static let nothingFound = "LuaRocks: No results matching"

  /// What LuaRocks said when it failed, in a sentence.
  private static func problem(_ end: (code: Int32, text: String)) -> BatonError {
    let lines = end.text.split(separator: "\n").map(String.init)
    for line in lines {
      let all = line.split(separator: " ")
      guard let start = all.firstIndex(of: "baton-refuses"), all.count > start + 3 else { continue }
      let words = [String(all[start + 1]), String(all[start + 2]), all[(start + 3)...].joined(separator: " ")]
      let what = "module \"\(words[1])\" \(words[2])"
      if words[0] == "outside" { return BatonError(.usage, what, cure: "it is not to be trusted") }
      return BatonError(
        .usage, "\(what): it needs the permission build, which it has not been granted",
        cure: "use a module in plain Lua, or let it run them: --trust build")
    }
    if let unmet = unmet(lines) { return unmet }
    let error = lines.last { $0.hasPrefix("Error: ") }.map { String($0.dropFirst(7)) }
    let rest = lines.drop { !$0.hasPrefix("Error: ") }.dropFirst().prefix(6).map { "  \($0)\n" }.joined()
    let detail = rest.isEmpty ? lines.suffix(3).joined(separator: "; ") : ""
    return BatonError(
      .usage, "LuaRocks: \(error ?? (detail.isEmpty ? "exit code \(end.code)" : detail))",
      cure: lines.contains { $0.hasPrefix("Error: Could not satisfy") || $0.hasPrefix("Error: No results") }
        ? "look for it with --server ADDRESS or a folder of rocks" : nil)
  }

  /// Of a module whose needs nothing meets: which one, and what it needs. LuaRocks lists who needs what, and then names the need
  /// alone.
  private static func unmet(_ lines: [String]) -> BatonError? {
    for line in lines {
      guard let words = line.wholeMatch(of: /Error: Could not satisfy dependency (.+): No results matching query.*/)
      else { continue }
      let need = words.output.1
      let by = " depends on \(need) ("
      guard let told = lines.first(where: { $0.contains(by) }), let end = told.firstRange(of: by)?.lowerBound else {
        continue
      }
      return BatonError(
        .usage, "module \(told[..<end]) needs \(need), and there is none where it was looked for",
        cure:
          "look for it with --server ADDRESS or a folder of rocks, or add it from its folder first; nothing was changed"
      )
    }
    return nil
  }

  /// The places of the rocks that it said to install: file name of the rock → as the lock names it.
  func installed(_ said: String) -> [String: String] {
    var places: [String: String] = [:]
    for line in said.split(separator: "\n") where line.hasPrefix("Installing ") {
      let place = String(line.dropFirst("Installing ".count))
      let file = Disk.name(of: place)
      let folder = Disk.folder(of: place)
      places[file] = served[folder].map { "\($0)/\(file)" } ?? place
    }
    return places
  }
}
