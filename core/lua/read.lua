--[[
Reads timelines of one shard, if the store can be trusted.

KEYS[1]  epoch   KEYS[2…]  timelines
ARGV[n]  digest of what the caller knows of the n-th timeline, "" for nothing

Returns  "unsettled": the store has lost something that is not repaired yet (see epoch.ts) · else one text a timeline:
         "cold": it does not exist · "same": it is what the caller knows · its digest and its entries, newest push
         first, the floor marker last.

Reads only. 800 entries take 16 µs when they are the same (DUMP copies the list's memory as it is), 105 µs when not;
INFO takes 4 to 15.
]]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if string.match(redis.call('GET', KEYS[1]) or '', '^%w+') ~= run_id then return 'unsettled' end
local found = {}
for n = 1, #KEYS - 1 do
  local key = KEYS[n + 1]
  local dump = redis.call('DUMP', key)
  local digest = dump and redis.sha1hex(dump)
  if not dump then
    found[n] = 'cold'
  elseif digest == ARGV[n] then
    found[n] = 'same'
  else
    found[n] = digest .. ' ' .. table.concat(redis.call('LRANGE', key, 0, -1), ' ')
  end
end
return found
