--[[
Takes a batch from the front of the list of receipts: those that the ledger has as finished leave, the others go to the
back.

KEYS[1]  list of the tweets that have a receipt   KEYS[2]  list of those that leave
ARGV[1]  the batch as it was read, ids with spaces between
ARGV[2]  a digit for each of them: 1 leaves, 0 stays
ARGV[3]  beat of the ledger when it said so   ARGV[4]  prefix of the receipts' keys

Returns  { how many leave, 1 } · { 0, 0 }: the list begins with something else by now. An id without a receipt is dropped.

Safe to repeat: the second time the list begins with something else, or with ids that stay.
]]
local batch = redis.call('LRANGE', KEYS[1], 0, #ARGV[2] - 1)
if table.concat(batch, ' ') ~= ARGV[1] then return { 0, 0 } end
redis.call('LTRIM', KEYS[1], #batch, -1)
local leaving = {}
for n, id in ipairs(batch) do
  if string.sub(ARGV[2], n, n) == '1' then
    leaving[#leaving + 1] = id
  elseif redis.call('EXISTS', ARGV[4] .. id) == 1 then
    redis.call('RPUSH', KEYS[1], id)
  end
end
if #leaving > 0 then
  redis.call('RPUSH', KEYS[2], ARGV[3] .. ' ' .. redis.call('TIME')[1] .. ' ' .. #leaving, unpack(leaving))
end
return { #leaving, 1 }
