--[[
Reads back the timelines of one chunk of followers, and counts those that hold one tweet.

KEYS[1]  any key of the shard (its receipt hash)
ARGV[1]  prefix of the timelines' keys   ARGV[2]  tweet id   ARGV[3]  user ids, eight hexadecimal digits each

Returns  { present, cold, missing, twice, ids of missing …, 0, ids of twice … }: at most five ids of each kind. A
         timeline counts as cold when it does not exist, or when its floor lies at or above the tweet. Its owner then
         reads the tweet from Postgres.

Reads only.
]]
local prefix, tweet, ids = ARGV[1], ARGV[2], ARGV[3]
local present, cold, missing, twice = 0, 0, 0, 0
local missing_ids, twice_ids = {}, {}
local call, sub = redis.call, string.sub
local EXAMPLES = 5

for i = 1, #ids, 8 do
  local user = sub(ids, i, i + 7)
  local found = call('LPOS', prefix .. user, tweet, 'COUNT', 2)
  if #found == 0 then
    local marker = call('LINDEX', prefix .. user, -1)
    if not marker or -tonumber(marker) >= tonumber(tweet) then
      cold = cold + 1
    else
      missing = missing + 1
      if #missing_ids < EXAMPLES then missing_ids[#missing_ids + 1] = tonumber(user, 16) end
    end
  else
    present = present + 1
    if #found > 1 then
      twice = twice + 1
      if #twice_ids < EXAMPLES then twice_ids[#twice_ids + 1] = tonumber(user, 16) end
    end
  end
end

local reply = { present, cold, missing, twice }
for _, id in ipairs(missing_ids) do reply[#reply + 1] = id end
reply[#reply + 1] = 0
for _, id in ipairs(twice_ids) do reply[#reply + 1] = id end
return reply
