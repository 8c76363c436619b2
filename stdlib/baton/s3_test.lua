local function served(fields)
  return simulate { source = 'local s3 = require "baton.s3"\n' .. [[
    local store = service "store" (s3.server { ]] .. fields .. [[ })
    step "use" { run = { "test", store.out.url, store.out.access_key, store.out.region } }
  ]] }
end

describe("s3.server", function()
  it("emits its address and what clients say", function()
    local run = served([[buckets = "photos", region = "eu-1", access_key = "ada"]])
    assert.equal("succeeded", run.status)
    assert.matches("http://127.0.0.1:%d+$", run.steps.use.args[2])
    assert.same({ "ada", "eu-1" }, { table.unpack(run.steps.use.args, 3) })
  end)

  it("is called as it is said", function()
    local args = served([[command = "/opt/minio", secret_key = "quiet-secret"]]).steps.store.args
    assert.same({ "/opt/minio", "baton", "quiet-secret", "us-east-1" }, { table.unpack(args, 5) })
  end)

  it("has objects in its own buckets alone", function()
    assert.equal("succeeded", served([[buckets = { "one", "two" }, objects = { ["two/a b"] = "file" }]]).status)
    local astray = [[buckets = "one", objects = { ["two/a"] = "file" }]]
    assert.error_matches(function() served(astray) end, "one of the buckets")
    assert.error_matches(function() served([[buckets = "one", objects = { a = "file" }]]) end, "bucket/a")
  end)

  it("takes what every service may say, and nothing else", function()
    assert.equal("succeeded", served("restart = 1").status)
    assert.error_matches(function() served('buckets = "Photos"') end, "no name of a bucket")
    assert.error_matches(function() served("retry = 2") end, "retry")
    assert.error_matches(function() served('setup = "x"') end, "buckets and objects say it")
  end)
end)
