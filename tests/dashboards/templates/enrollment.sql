-- template: enrollmentsByCourse
SELECT c.code, count(*) FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id GROUP BY ALL

-- template: enrollmentsByStatus
SELECT status, count(*) FROM enrollments GROUP BY status

-- template: learnersByTerm
SELECT t.code, count(DISTINCT e.student_id), count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id LEFT JOIN terms t ON t.id = c.term_id
GROUP BY t.code

-- template: enrollmentsByMonth
SELECT make_date(year(enrolled_on), month(enrolled_on), 1) AS m, count(*)
FROM enrollments WHERE enrolled_on IS NOT NULL GROUP BY m

-- template: learnersByClass
SELECT s.class_name, count(DISTINCT e.student_id)
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id GROUP BY ALL

-- template: outcomesByCourse
SELECT c.code, e.outcome, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE e.outcome IS NOT NULL GROUP BY ALL

-- template: passRateByCourse
SELECT c.code,
  sum(CASE WHEN e.outcome IN ('PASS', 'DISTINCTION') THEN 1.0 ELSE 0.0 END) / nullif(count(e.outcome), 0)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id GROUP BY c.code

-- template: completionByCategory
SELECT c.category, avg(CASE WHEN e.status = 'COMPLETED' THEN 1.0 ELSE 0.0 END), count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id GROUP BY c.category

-- template: withdrawalRateByCourse
SELECT c.code, avg(CASE WHEN e.status = 'WITHDRAWN' THEN 1.0 ELSE 0.0 END), count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id GROUP BY c.code

-- template: withdrawalsByMonth
SELECT make_date(year(withdrawn_on), month(withdrawn_on), 1) AS m, count(*)
FROM enrollments WHERE status = 'WITHDRAWN' AND withdrawn_on IS NOT NULL GROUP BY m

-- template: progressByCourse
SELECT c.code, sum(e.progress_pct) / nullif(count(e.progress_pct), 0)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE e.status = 'ACTIVE' GROUP BY c.code

-- template: neverStarted
SELECT s.code, s.name, c.code, e.enrolled_on
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id
WHERE e.status = 'ACTIVE' AND e.last_activity_on IS NULL

-- template: quietLearners
SELECT s.code, s.name, c.code, e.last_activity_on
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id
WHERE e.status = 'ACTIVE' AND e.last_activity_on < CAST($today AS DATE) - 14

-- template: expiringAccess
SELECT s.name, c.title, e.expires_on
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id
WHERE e.expires_on > CAST($today AS DATE) AND e.expires_on <= CAST($today AS DATE) + 30

-- template: enrollmentSources
SELECT source, count(*) FROM enrollments GROUP BY source

-- template: myCourses
SELECT s.name, c.title, e.status, e.outcome, e.progress_pct
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id

-- template: lastSeen
SELECT s.name, c.title, e.last_activity_on
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id
WHERE e.status = 'ACTIVE'

-- template: completedCourses
SELECT s.name, c.title, e.completed_on, e.outcome
FROM enrollments e LEFT JOIN students s ON s.id = e.student_id
  LEFT JOIN courses c ON c.id = e.course_id
WHERE e.status = 'COMPLETED'
