--[[
Makes wrk send prepared requests, and print what it measured as one line of JSON.

args[1]  a file, a request a line, fields apart by tabs: method, path, cookie, account, token
args[2]  a name of this load. The name with a number is the Idempotency-Key of a tweet

A POST is a tweet. Posts go in order, each with a key of its own, so none repeats another. Every other request is prepared
once and sent again and again, in random order, as readers come. In a fixed order a cache would find nothing, even if it
held four fifths of what they read: it drops what was used least recently, and that always comes next.

wrk takes a fifth of the time of the fastest server that it measures. It must run one thread: two would read the same
lines and give the same keys.
]]
local TWEET = '{"text":"A tweet of the bench, long enough to be one that somebody could have written by hand."}'

local lines, place, posts, load = {}, 0, 0, ''

local function header(method, cookie, account, token)
  local headers = { ['Cookie'] = cookie ~= '' and cookie or nil, ['X-Account'] = account ~= '' and account or nil }
  if token ~= '' then headers['Authorization'] = 'Bearer ' .. token end
  if method == 'POST' then headers['Content-Type'] = 'application/json' end
  return headers
end

local function prepare(line)
  local method, path, cookie, account, token = line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$')
  local headers = header(method, cookie, account, token)
  if method == 'POST' then return { path = path, headers = headers } end
  return { text = wrk.format(method, path, headers) }
end

function init(args)
  load = args[2]
  for line in io.lines(args[1]) do lines[#lines + 1] = prepare(line) end
end

function request()
  place = place % #lines + 1
  local line = lines[place]
  if line.text then return lines[math.random(#lines)].text end
  posts = posts + 1
  line.headers['Idempotency-Key'] = load .. '-' .. posts
  return wrk.format('POST', line.path, line.headers, TWEET)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status, failed
  ))
end
