extension Subcommand {
  /// What `baton module` can do.
  public static let actions = [
    "new", "add", "remove", "update", "install", "list", "verify", "trust", "distrust", "pack",
  ]

  static let module = Subcommand(
    .module, "make modules, share them, and use those of others",
    arguments: [
      Argument(actions.joined(separator: "|"), completes: .module),
      Argument("WHAT", .any, completes: .module),
    ],
    options: [.server, .trust, .frozen, .outputFolder, .json],
    details: """
      new NAME                 a folder with a module: rockspec, types, specs, example
      add WHAT [VERSION]       install a module and what it needs, and pin both in baton.lock. WHAT is
                               the name of a rock, a folder, the address of a git repository (VERSION:
                               a tag, branch or commit), or a .rock, .src.rock or .rockspec file
      remove NAME…             remove modules, and what nothing else needs of what they needed
      update [NAME…]           take newer versions; of all modules where none is named
      install                  put into .baton/rocks what baton.lock pins, to the byte
      list                     the modules, where they came from, what they may do
      verify                   compare every file with baton.lock
      trust NAME PERMISSION…   grant what a module asks for; distrust NAME [PERMISSION…] takes it back
      pack [FOLDER]            a rock of a module, to give to others; with modules in C: for machines
                               like this one, and with --trust build, as a compiler makes them

      LuaRocks resolves and installs, within the project only. Nothing of a module runs while it is
      installed: what is compiled, or made by commands, needs --trust build. baton.lock belongs into
      version control: each module with its version, source, and the SHA-256 of every file. A run
      checks them before it reads a module, and refuses what was altered, is missing or was added. A
      project has one version of each module: where two need versions that do not agree, nothing is
      changed, and both are named.

      A module has the sandbox of any script. What it may do beyond it, its manifest
      (baton/module.json) asks for: env:NAME, env:PREFIX_*, read:/PATH, c-modules. What it asks for is
      granted with --trust, baton module trust, or "trust": {"NAME": ["env:TOKEN"]} in baton.json. Its
      steps run what they run, with your rights.

      Modules in C (lib/lua/5.4/NAME.so, built for Lua 5.4) need c-modules, for which a rock also asks
      by bringing them. What was compiled is part of Baton's own process: the sandbox does not hold
      it, no limit ends it, and what it does wrong ends Baton. Grant it to those alone that you would
      run as a program. Only the bytes that baton.lock pins are loaded.
      """,
    examples: [
      Example("baton module new shop-deploy", "a module to begin with"),
      Example("baton module add inspect 3.1.3", "a rock of LuaRocks' server"),
      Example("baton module add ../shop-deploy --trust env:SHOP_TOKEN", "a module of a folder, and what it may read"),
      Example("baton module add git+https://example.org/shop.git v1.2", "a tag of a git repository"),
      Example("baton module add inspect --server vendor/rocks", "from a folder of rocks, without a network"),
      Example("baton module install --frozen", "in continuous integration"),
      Example("baton module pack -o dist", "a rock of the module in this folder"),
    ])
}

extension Option {
  public static let server = Option(
    "server", value: "PLACE", completes: .folder, arity: .repeated,
    "add: an address or a folder of rocks to look in, and nowhere else; may be repeated")
  public static let trust = Option(
    "trust", value: "PERMISSION", arity: .repeated,
    "add: grant what the module asks for; pack: build, to compile; may be repeated")
  public static let trustOf = Option(
    "trust", value: "NAME=PERMISSION", completes: .grant, arity: .repeated,
    "grant a module what it asks for, this time; may be repeated")
  public static let frozen = Option("frozen", "refuse whatever would change baton.lock")
  public static let outputFolder = Option(
    "out", short: "o", value: "DIR", completes: .folder, "pack: where the rock goes; new: where the folder goes")
}
