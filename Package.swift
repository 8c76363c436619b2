// swift-tools-version: 6.1
import PackageDescription

// Debian's static archives, so that the release binary is one file that can be copied elsewhere.
let lua: [LinkerSetting] = [.unsafeFlags(["-l:liblua5.4.a"]), .linkedLibrary("m"), .linkedLibrary("dl")]
// Compiled modules find Lua in the program. In release builds the gates of CLuaShim/api.c are what they find: there, what comes
// from archives is never exported.
let luaSymbols: LinkerSetting = .unsafeFlags(
  ["-Xlinker", "--dynamic-list=\(Context.packageDirectory)/Sources/CLuaShim/lua.symbols"],
  .when(configuration: .debug))
let sqlite: [LinkerSetting] = [.unsafeFlags(["-l:libsqlite3.a"]), .linkedLibrary("m"), .linkedLibrary("dl")]
let yaml: [LinkerSetting] = [.unsafeFlags(["-l:libyaml.a"])]
let sodium: [LinkerSetting] = [.unsafeFlags(["-l:libsodium.a"])]
let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
  // Whether two accesses to a variable overlap is looked at in debug builds, which all tests but the end-to-end ones use.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
// Optimized in debug builds too: the simulator takes the core through ten thousand runs in every test run.
let optimized: [SwiftSetting] = swift + [.unsafeFlags(["-O"], .when(configuration: .debug))]
let product: [LinkerSetting] = [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]

func library(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = swift, linker: [LinkerSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings, linkerSettings: linker)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swift)
}

let package = Package(
  name: "baton",
  products: [.executable(name: "baton", targets: ["baton"])],
  targets: [
    // C: module maps of Debian's libraries, and the only code that Lua's errors may jump over.
    .systemLibrary(name: "CLua"),
    .systemLibrary(name: "CSQLite"),
    .target(name: "CSQLiteLog", dependencies: ["CSQLite"]),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CYAML"),
    .target(name: "CLuaShim", dependencies: ["CLua"], exclude: ["lua.symbols"], linkerSettings: lua + [luaSymbols]),
    .target(name: "CSystem"),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CEdit", linkerSettings: [.linkedLibrary("dl")]),

    // The house, bottom up.
    library("BatonModel", [], settings: optimized, linker: [.linkedLibrary("m")]),
    library("BatonCore", ["BatonModel"], settings: optimized),
    library("BatonSystem", ["BatonModel", "CSystem"]),
    .target(
      name: "BatonLua", dependencies: ["BatonModel", "BatonCore", "CLuaShim"],
      // Sources/BatonLua/stdlib is a link to stdlib: its modules are part of the binary, their specs are not.
      exclude: [
        "actions", "agents", "browser", "cargo", "compare", "data", "files", "git", "health", "http", "json", "make",
        "mock", "nats", "npm", "options", "poll", "postgres", "pytest", "python", "redis", "runners", "s3",
        "shell", "templates",
      ].map { "stdlib/baton/\($0)_test.lua" },
      resources: [.embedInCode("stdlib")], swiftSettings: swift),
    library("BatonRuntime", ["BatonModel", "BatonCore"]),
    library(
      "BatonSQLite", ["BatonModel", "BatonCore", "BatonRuntime", "BatonResults", "CSQLite", "CSQLiteLog"],
      linker: sqlite),
    library("BatonProcess", ["BatonModel", "BatonCore", "BatonRuntime", "CSystem"]),
    library("BatonCourier", ["BatonModel", "BatonRuntime", "BatonFiles", "BatonImport", "BatonSystem", "CSystem"]),
    library("BatonFiles", ["BatonModel", "BatonCore", "BatonRuntime", "CSodium", "CSystem"], linker: sodium),
    library(
      "BatonNotify", ["BatonModel", "BatonCore", "BatonRuntime", "CCurl", "CSodium", "CSystem"], linker: sodium),
    library("BatonResults", ["BatonModel", "CSodium"], settings: optimized, linker: sodium),
    .target(
      name: "BatonReport", dependencies: ["BatonModel", "BatonCore"],
      // The style sheet and the script of the page: part of the binary.
      resources: [.embedInCode("Assets")], swiftSettings: swift),
    library(
      "BatonMeasuring",
      ["BatonModel", "BatonCore", "BatonRuntime", "BatonFiles", "BatonResults", "BatonSystem", "CSystem"]),
    library(
      "BatonSimulation",
      ["BatonModel", "BatonCore", "BatonLua", "BatonRuntime", "BatonReport", "BatonMeasuring", "CSystem"]),
    library("BatonImport", ["BatonModel", "CYAML"], linker: yaml),
    library("BatonModules", ["BatonModel", "BatonLua", "BatonSystem", "CSodium", "CSystem"], linker: sodium),
    library("BatonConfig", ["BatonModel", "CSodium", "CSystem"], linker: sodium),
    library("BatonData", ["BatonModel", "CSodium", "CSystem"], settings: optimized, linker: sodium),
    library("BatonCommandLine", ["BatonModel"]),
    library("BatonChecks", ["BatonModel", "BatonCore", "BatonFiles", "BatonLua"]),
    .target(
      name: "BatonReference",
      dependencies: ["BatonModel", "BatonLua", "BatonCommandLine", "BatonReport", "BatonChecks"],
      // Sources/BatonReference/cookbook is a link to scripts/examples/cookbook: its recipes are part of the binary.
      resources: [.embedInCode("cookbook"), .embedInCode("Assets")], swiftSettings: swift),
    library("BatonTestKit", ["BatonModel", "BatonCore", "BatonRuntime"], settings: optimized),
    .executableTarget(
      name: "baton",
      dependencies: [
        "BatonModel", "BatonCore", "BatonLua", "BatonRuntime", "BatonSQLite", "BatonProcess", "BatonCourier",
        "BatonFiles",
        "BatonNotify", "BatonResults", "BatonMeasuring", "BatonReport", "BatonSimulation", "BatonImport",
        "BatonModules", "BatonConfig", "BatonData", "BatonCommandLine", "BatonChecks", "BatonReference", "BatonSystem",
        "CEdit", "CSystem",
      ],
      swiftSettings: swift, linkerSettings: product),
    .executableTarget(
      name: "BatonBench",
      dependencies: ["BatonModel", "BatonCore", "BatonResults", "BatonRuntime", "BatonSQLite", "CSQLite", "CSystem"],
      swiftSettings: swift, linkerSettings: product),
    .executableTarget(
      name: "BatonFuzz",
      dependencies: ["BatonModel", "BatonCore", "BatonLua", "BatonFiles", "BatonResults", "BatonImport"],
      swiftSettings: swift),

    tests("BatonModelTests", ["BatonModel"]),
    tests("BatonSystemTests", ["BatonModel", "BatonSystem"]),
    tests("BatonCoreTests", ["BatonModel", "BatonCore", "BatonTestKit"]),
    tests("BatonLuaTests", ["BatonModel", "BatonCore", "BatonLua", "BatonReport", "BatonTestKit", "CLuaShim"]),
    tests("BatonRuntimeTests", ["BatonModel", "BatonCore", "BatonRuntime", "BatonTestKit"]),
    tests(
      "BatonSQLiteTests",
      ["BatonModel", "BatonCore", "BatonRuntime", "BatonResults", "BatonSQLite", "BatonTestKit", "CSQLite"]),
    tests("BatonProcessTests", ["BatonModel", "BatonCore", "BatonRuntime", "BatonProcess", "BatonTestKit", "CSystem"]),
    tests("BatonCourierTests", ["BatonModel", "BatonRuntime", "BatonCourier", "BatonSystem", "CSystem"]),
    tests("BatonFilesTests", ["BatonModel", "BatonCore", "BatonRuntime", "BatonFiles", "BatonTestKit"]),
    tests("BatonNotifyTests", ["BatonModel", "BatonCore", "BatonRuntime", "BatonNotify", "BatonTestKit"]),
    tests("BatonResultsTests", ["BatonModel", "BatonResults", "BatonTestKit"], exclude: ["Fixtures"]),
    tests(
      "BatonReportTests", ["BatonModel", "BatonCore", "BatonReport", "BatonTestKit"],
      exclude: ["Snapshots", "junit.xsd"]),
    tests(
      "BatonMeasuringTests",
      ["BatonModel", "BatonCore", "BatonRuntime", "BatonResults", "BatonMeasuring", "BatonTestKit"],
      exclude: ["Fixtures"]),
    tests(
      "BatonSimulationTests",
      ["BatonModel", "BatonCore", "BatonLua", "BatonRuntime", "BatonReport", "BatonSimulation", "BatonTestKit"],
      exclude: ["Snapshots"]),
    tests(
      "BatonImportTests", ["BatonModel", "BatonCore", "BatonLua", "BatonImport", "BatonTestKit"],
      exclude: ["Fixtures", "Snapshots"]),
    tests("BatonModulesTests", ["BatonModel", "BatonLua", "BatonModules", "BatonTestKit"]),
    tests("BatonDataTests", ["BatonModel", "BatonData", "BatonTestKit"]),
    tests("BatonConfigTests", ["BatonModel", "BatonConfig", "BatonTestKit"]),
    tests(
      "BatonCommandLineTests", ["BatonModel", "BatonConfig", "BatonCommandLine", "BatonTestKit"], exclude: ["Snapshots"]
    ),
    tests("BatonChecksTests", ["BatonModel", "BatonLua", "BatonChecks", "BatonTestKit"], exclude: ["Planted"]),
    tests(
      "BatonReferenceTests", ["BatonModel", "BatonLua", "BatonCommandLine", "BatonReference", "BatonChecks"]),
    tests("EndToEnd", ["BatonModel", "CSystem"]),
  ],
  swiftLanguageModes: [.v6]
)
