--[[
Merges ids from Postgres into one timeline: the end of a rebuild, or a backfill after a follow.

KEYS[1]  timeline   KEYS[2]  rebuild lock   KEYS[3]  epoch
ARGV[1]  token of the rebuild, "" for a backfill
ARGV[2]  floor to set (rebuild), "" to keep the present one (backfill)
ARGV[3]  entries that a timeline keeps
ARGV[4]  prefix of the receipts' keys; a receipt's key is the prefix and the tweet id (same {shard} as KEYS[1])
ARGV[5]  floor above all ids: the marker of a timeline that is being rebuilt
ARGV[6…] pairs: tweet id, chunk number. With the number -1 the id is merged. Otherwise it is merged only if the tweet's
         receipt for that chunk is there: without a receipt the chunk is still to come, and pushes the id itself.

Returns  "merged" · "cold": there is no timeline · "building": a backfill met a rebuild, try again later ·
         "superseded": this rebuild's lock was lost, its snapshot may be too old · "unsettled": the store has lost
         something that is not repaired yet (see epoch.ts), and repairing could push what a merge adds.

Safe to repeat: ids that are there already are not added. Order and duplicates are put right on the way.
]]
local key, lock = KEYS[1], KEYS[2]
local token, new_floor, cap, receipts, top = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]

local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
if (string.gsub(redis.call('GET', KEYS[3]) or '', ' .* ', ' ')) ~= server then return 'unsettled' end
if token ~= '' and redis.call('GET', lock) ~= token then return 'superseded' end
local entries = redis.call('LRANGE', key, 0, -1)
if #entries == 0 then
  if token ~= '' then redis.call('DEL', lock) end
  return 'cold'
end
local marker = table.remove(entries)
if token == '' and marker == '-' .. top then return 'building' end
local floor = tonumber(new_floor) or -tonumber(marker)

local seen, ids = {}, {}
local function add(id)
  if id > floor and not seen[id] then
    seen[id] = true
    ids[#ids + 1] = id
  end
end
for _, entry in ipairs(entries) do add(tonumber(entry)) end
for i = 6, #ARGV, 2 do
  local id, chunk = ARGV[i], ARGV[i + 1]
  if chunk == '-1' or redis.call('HEXISTS', receipts .. id, chunk) == 1 then add(tonumber(id)) end
end

table.sort(ids, function(a, b) return a > b end)
if #ids > cap then floor = ids[cap + 1] end
local list = {}
for i = 1, math.min(#ids, cap) do list[i] = string.format('%.0f', ids[i]) end
list[#list + 1] = floor == 0 and '0' or string.format('-%.0f', floor)

redis.call('DEL', key)
redis.call('RPUSH', key, unpack(list))
if token ~= '' then redis.call('DEL', lock) end
return 'merged'
