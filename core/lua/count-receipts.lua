--[[
Counts the receipts of a shard, and estimates from four of them how much memory they take.

KEYS[1]  list of the tweets that have a receipt   KEYS[2]  list of those that leave   ARGV[1]  prefix of the receipts' keys

Returns  { receipts, bytes }. The bytes include both lists. Each batch that leaves counts as one receipt too many.

Reads only.
]]
local lists, count, lengths = 0, 0, {}
for n = 1, 2 do
  lengths[n] = redis.call('LLEN', KEYS[n])
  count = count + lengths[n]
  lists = lists + (redis.call('MEMORY', 'USAGE', KEYS[n]) or 0)
end
local seen, bytes = 0, 0
for n = 1, 2 do
  for _, place in ipairs({ 1, -1 }) do
    local id = redis.call('LINDEX', KEYS[n], place)
    local size = id and redis.call('MEMORY', 'USAGE', ARGV[1] .. id)
    if size then
      seen = seen + 1
      bytes = bytes + size
    end
  end
end
return { count, lists + (seen > 0 and math.floor(count * bytes / seen) or 0) }
